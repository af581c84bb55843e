import type { Stack } from '../stack/index.js';
import { readSettlement } from './follow-settlement.js';
import { shorten } from './money.js';
import type { Payment } from './payment.js';
import type { Terminal } from './terminal.js';

/**
 * One row per payment, from the settlement's record and the devnet's own counts.
 *
 * @throws Error when a transaction was submitted more than once or is not on the chain.
 */
export async function showSummary(
  { stack, apiUrl }: { stack: Stack; apiUrl: string },
  payments: readonly Payment[],
  terminal: Terminal,
): Promise<void> {
  const rows: string[][] = [];
  for (const { payer, article, money, transaction, tookMs } of payments) {
    const { block, required, status } = await readSettlement(apiUrl, transaction);
    const submission = await stack.control.submission(transaction);
    if (status !== 'confirmed' || submission?.submitted !== 1 || !submission.onChain) {
      throw new Error(
        `Expected ${transaction} confirmed, submitted once and on the chain; found it ${status} and ${JSON.stringify(submission)}`,
      );
    }
    rows.push([
      payer,
      money,
      article,
      shorten(transaction),
      String(block?.height ?? ''),
      String(required ?? ''),
      String(submission.submitted),
      `${(tookMs / 1_000).toFixed(2)} s`,
    ]);
  }
  terminal.table(['payer', 'paid', 'for', 'transaction', 'block', 'depth asked', 'submitted', 'took'], rows);
}
