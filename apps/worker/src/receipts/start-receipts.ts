import { JournalUnavailableError } from '@x402-facilitator/journal';
import { type Loop, startLoop } from '../maintenance/index.js';
import { issueReceipts, type ReceiptContext } from './issue-receipts.js';

const LONGEST_INTERVAL_MS = 1_000;

/** Signs receipts from now on, each within about a second of its confirmation. */
export function startReceipts(
  context: ReceiptContext & {
    /** `chain.follower.tickMs`: nothing is confirmed more often. */
    readonly tickMs: number;
  },
): Loop {
  const { logger, tickMs } = context;
  return startLoop({
    intervalMs: Math.min(LONGEST_INTERVAL_MS, tickMs),
    turn: () => issueReceipts(context),
    onError: (error) => {
      const isExpected = error instanceof JournalUnavailableError;
      logger[isExpected ? 'warn' : 'error']({ error }, 'signing receipts failed and is tried again');
    },
  });
}
