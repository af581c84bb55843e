import type { SubmitOutcome } from '@x402-facilitator/chain';
import {
  type Settlement,
  SettlementNotReplicatedError,
  type TransitionOutcome,
  ttlEndsAtMs,
} from '@x402-facilitator/journal';
import { lookOnChain } from '../lookups/index.js';
import { recordInclusion } from '../settlement/index.js';
import type { Completed } from '../sponsorship/index.js';
import { backoffMs, type SubmitContext } from './context.js';
import { endsTheRow, judgeRefusal } from './judge-refusal.js';
import { recordAcceptance } from './record-acceptance.js';
import { recordDoubt } from './record-doubt.js';

/**
 * Sends the bytes of a settlement once and records the node's answer. `submitting` is written before the bytes leave,
 * with its own attempt number. A worker that finds this state later knows that the node may have the bytes. A sender
 * that was overtaken cannot write any more.
 */
export async function send(context: SubmitContext, settlement: Settlement): Promise<void> {
  const { journal, writer, now, lookAgainAfterMs } = context;
  const { network, txHash } = settlement;
  if (now() >= (ttlEndsAtMs(settlement) ?? Number.POSITIVE_INFINITY)) {
    // No node accepts it any more. The follower expires it, with proof, once the chain has passed its TTL.
    await journal.postpone(network, txHash, now() + lookAgainAfterMs);
    return;
  }
  // Before the replicas are waited for: they must have the wallet's signature too, or after a fail-over this payment,
  // though sent, would be judged as one that was not.
  const completed =
    settlement.sponsorship === undefined ? undefined : await completedBytesOf(context, settlement);
  if (settlement.sponsorship !== undefined && completed === undefined) return;
  if (!(await isReplicated(context, settlement))) {
    await journal.postpone(network, txHash, now() + UNREPLICATED_RETRY_MS);
    return;
  }
  const begin = () => writer.transition({ network, txHash, from: [settlement.state], to: 'submitting' });
  if (completed !== undefined) return submit(context, await begin(), completed);
  // Read together, they take one round trip.
  const [begun, bytes] = await Promise.all([begin(), journal.readSignedTransaction(network, txHash)]);
  if (bytes === undefined) throw new Error(`the journal holds no signed transaction for ${txHash}`);
  await submit(context, begun, bytes);
}

/** A node's word that it has the transaction. Where that alone would confirm it, the mempool or a block must show it. */
async function recordAlreadyKnown(
  context: SubmitContext,
  settlement: Settlement,
  providerMessage: string,
): Promise<void> {
  const found =
    settlement.requiredConfirmations === -1
      ? await lookOnChain(context.provider, settlement.txHash)
      : { kind: 'in-mempool' as const };
  if (found.kind === 'on-chain')
    await recordInclusion(context, settlement, { ...found.evidence, confirmations: 0 });
  else if (found.kind === 'in-mempool')
    await recordAcceptance(context, settlement, ['submitting'], providerMessage);
  else
    await recordDoubt(context, settlement, `${providerMessage} (yet neither a mempool nor a block shows it)`);
}

const UNREPLICATED_RETRY_MS = 5_000;

/** Where replicas must have a claim, it is not sent without them: after a fail-over the payment would have no record. */
async function isReplicated({ journal, logger }: SubmitContext, settlement: Settlement): Promise<boolean> {
  try {
    await journal.awaitReplicas(settlement);
    return true;
  } catch (error) {
    if (!(error instanceof SettlementNotReplicatedError)) throw error;
    logger.warn({ transaction: settlement.txHash, error }, 'not sent: too few replicas have its claim');
    return false;
  }
}

async function submit(context: SubmitContext, begun: TransitionOutcome, bytes: Uint8Array): Promise<void> {
  // Another attempt was faster.
  if (begun.kind !== 'changed') return;
  const { settlement } = begun;
  const sinceMs = await sinceRefusal(context, settlement);
  await recordOutcome(context, settlement, await context.provider.submitTransaction(bytes), sinceMs);
}

/**
 * Read before the bytes leave: a worker that stands still after the answer must not count that time. By Redis's clock:
 * another worker may have met the first refusal, and the clocks of two workers differ.
 */
async function sinceRefusal(
  { journal }: SubmitContext,
  { refusals = 0, refusedAtMs }: Settlement,
): Promise<number | undefined> {
  if (refusals === 0 || refusedAtMs === undefined) return undefined;
  return (await journal.sharedNowMs()) - refusedAtMs;
}

/** A sponsored payment gets the wallet's signature just before it is first sent. */
async function completedBytesOf(
  { journal, writer, sponsor, logger, now }: SubmitContext,
  settlement: Settlement,
): Promise<Uint8Array | undefined> {
  const { network, txHash, state, attempts } = settlement;
  const completed = await (sponsor?.complete(settlement) ?? NO_WALLET);
  switch (completed.kind) {
    case 'completed':
      return completed.bytes;
    case 'later':
      logger.warn({ transaction: txHash, metadata: { why: completed.message } }, 'a sponsored payment waits');
      await journal.postpone(network, txHash, now() + backoffMs(attempts + 1));
      return undefined;
    case 'refused':
      // A block held it with this signature: it may land again without ours.
      if (settlement.redeemedAtMs !== undefined) {
        await journal.postpone(network, txHash, now() + backoffMs(attempts + 1));
        return undefined;
      }
      await writer.transition({
        network,
        txHash,
        from: [state],
        to: 'failed',
        change: { errorReason: completed.code, errorMessage: completed.message },
      });
      return undefined;
  }
}

const NO_WALLET: Completed = {
  kind: 'later',
  message: 'this worker does not sponsor: another one has the wallet',
};

async function recordOutcome(
  context: SubmitContext,
  settlement: Settlement,
  outcome: SubmitOutcome,
  sinceRefusalMs: number | undefined,
): Promise<void> {
  const { txHash, attempts } = settlement;
  switch (outcome.kind) {
    case 'accepted':
      return outcome.txHash === txHash
        ? recordAcceptance(context, settlement, ['submitting'], 'accepted')
        : recordDoubt(
            context,
            settlement,
            `accepted as ${outcome.txHash}, though the body's own id is ${txHash}`,
          );
    case 'already-known':
      return recordAlreadyKnown(context, settlement, outcome.message);
    case 'ambiguous':
      return recordDoubt(context, settlement, outcome.message, {
        waitMs: backoffMs(attempts, outcome.retryAfterMs),
        ...endsTheRow(settlement),
      });
    case 'rejected':
      return judgeRefusal(context, settlement, outcome, sinceRefusalMs);
  }
}
