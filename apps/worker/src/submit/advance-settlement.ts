import type { Settlement, SubmitJob } from '@x402-facilitator/journal';
import { lookOnChain } from '../lookups/index.js';
import { recordInclusion } from '../settlement/index.js';
import { backoffMs, type SubmitContext } from './context.js';
import { recordAcceptance } from './record-acceptance.js';
import { send } from './send.js';

/**
 * The submit job: advances one settlement by a step, from any state. A fresh claim is sent without a look-up. If the
 * node may already have the bytes, the job looks before it sends the same bytes again.
 *
 * @throws JournalUnavailableError when Redis does not answer. The sweeper will retry the settlement.
 */
export async function advanceSettlement(
  context: SubmitContext,
  { network, txHash }: SubmitJob,
): Promise<void> {
  const { journal, writer } = context;
  const reading = await journal.read(network, txHash);
  // An unreadable record stays as it is. The journal has reported it.
  const settlement = reading.ok ? reading.value : undefined;
  if (settlement === undefined || settlement.finalAtMs !== undefined) return;
  switch (settlement.state) {
    case 'queued':
      return send(context, settlement);
    case 'submitting': {
      // A settlement has one job at a time, so the worker that wrote this has lost the job, or has died.
      const abandoned = await writer.transition({
        network,
        txHash,
        from: ['submitting'],
        to: 'ambiguous',
        fence: settlement.attempts,
        change: { lastProviderMessage: 'the worker that sent it vanished before the answer' },
      });
      return abandoned.kind === 'changed' ? lookFirst(context, abandoned.settlement) : undefined;
    }
    case 'ambiguous':
    case 'submitted':
      return lookFirst(context, settlement);
    case 'confirmed':
      return settlement.block === undefined ? lookFirst(context, settlement) : undefined;
    default:
      return;
  }
}

async function lookFirst(context: SubmitContext, settlement: Settlement): Promise<void> {
  const { journal, provider, now, lookAgainAfterMs } = context;
  const { network, txHash, state, attempts } = settlement;
  const found = await lookOnChain(provider, txHash);
  switch (found.kind) {
    case 'on-chain':
      await recordInclusion(context, settlement, { ...found.evidence, confirmations: 0 });
      return;
    case 'in-mempool':
      if (state === 'ambiguous') {
        return recordAcceptance(context, settlement, ['ambiguous'], 'seen in the mempool');
      }
      return journal.postpone(network, txHash, now() + lookAgainAfterMs);
    case 'unknown':
      return journal.postpone(network, txHash, now() + backoffMs(attempts));
    case 'not-on-chain':
      // The same bytes are always the same transaction, so sending them again is safe and settles the doubt. Once a
      // node has accepted them, we wait.
      return state === 'ambiguous'
        ? send(context, settlement)
        : journal.postpone(network, txHash, now() + lookAgainAfterMs);
    case 'nowhere':
      return state === 'confirmed' ? resendLost(context, settlement) : send(context, settlement);
  }
}

/** The mempool has lost a transaction that it alone confirmed. */
async function resendLost(context: SubmitContext, settlement: Settlement): Promise<void> {
  const { network, txHash } = settlement;
  const taken = await context.writer.transition({ network, txHash, from: ['confirmed'], to: 'submitted' });
  if (taken.kind === 'changed') await send(context, taken.settlement);
}
