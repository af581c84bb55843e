import type { SubmitOutcome } from '@x402-facilitator/chain';
import type { Refused, Settlement } from '@x402-facilitator/journal';
import { isDeep, lookAtInputs, lookOnChain } from '../lookups/index.js';
import { recordInclusion } from '../settlement/index.js';
import type { SubmitContext } from './context.js';
import { recordAcceptance } from './record-acceptance.js';
import { recordDoubt } from './record-doubt.js';

/** A node that says this may already hold the transaction, or may be ahead of the index that we ask. */
const SPEAKS_OF_INPUTS = /BadInputs|TranslationLogicMissingInput|ConflictingInput|inputs?\b.*\bspent/i;

/** Long enough for an index to catch up with the node. */
const INDEX_LAG_MS = 10_000;

/**
 * So many refusals in a row end a settlement. A proxy or a node that is wrong for a moment says one of them at most, and
 * two such moments can follow each other while a worker or a connection is away in between.
 */
const ENDING_REFUSALS = 3;
/** Between two of them. */
const BETWEEN_REFUSALS_MS = 10_000;
/** From the first to the last. One that comes later is the first again. */
const TOGETHER_MS = 60_000;

/**
 * Decides what a node's refusal means. It ends the settlement only when another transaction spent an input, or when no
 * later ledger can lift the refusal, the ledger does not hold the transaction, and the node said so three times in a row. A
 * node that already has a transaction refuses a second copy in the same words as a rival one, and what a later block may
 * lift is sent again while the TTL allows.
 *
 * @param sinceRefusalMs how long after the first refusal of the row this attempt was about to be sent; `undefined` for the
 *   first.
 */
export async function judgeRefusal(
  context: SubmitContext,
  settlement: Settlement,
  { message: providerMessage, lasting }: Extract<SubmitOutcome, { kind: 'rejected' }>,
  sinceRefusalMs: number | undefined,
): Promise<void> {
  const { journal, writer, schemes, provider, failureDepth } = context;
  const { network, txHash, attempts } = settlement;
  const { codes } = schemes.of(settlement.scheme);
  const attempt = { network, txHash, from: ['submitting'], fence: attempts } as const;
  const inDoubt = (why: string, more?: Parameters<typeof recordDoubt>[3]) =>
    recordDoubt(context, settlement, `${providerMessage} (${why})`, more);

  const found = await lookOnChain(provider, txHash);
  switch (found.kind) {
    case 'on-chain':
      await recordInclusion(context, settlement, { ...found.evidence, confirmations: 0 });
      return;
    case 'in-mempool':
      await recordAcceptance(context, settlement, ['submitting'], providerMessage);
      return;
    case 'unknown':
    case 'not-on-chain':
      return inDoubt(found.message);
    case 'nowhere':
  }

  const inputs = await lookAtInputs(provider, settlement);
  switch (inputs.kind) {
    case 'spent-by-itself':
      return inDoubt('its inputs are spent by the transaction itself: the index is behind', {
        waitMs: INDEX_LAG_MS,
      });
    case 'unknown':
      return inDoubt(inputs.message);
    case 'superseded': {
      const { input, by, block } = inputs;
      if (!(await isDeep(provider, block, failureDepth)))
        return inDoubt(
          `input ${input} was spent by transaction ${by} in block ${block.hash}, and a rollback could still undo that`,
        );
      await writer.transition({
        ...attempt,
        to: 'failed',
        change: {
          errorReason: codes.superseded,
          errorMessage: `superseded: input ${input} was spent by transaction ${by} in block ${block.hash} (height ${block.height})`,
          lastProviderMessage: providerMessage,
          proof: inputs,
        },
      });
      return;
    }
    case 'unspent':
  }

  if (lasting.length === 0) {
    return SPEAKS_OF_INPUTS.test(providerMessage)
      ? inDoubt('yet the index shows its inputs unspent: one of them is behind', {
          waitMs: INDEX_LAG_MS,
          ...endsTheRow(settlement),
        })
      : inDoubt('a later block may lift that', endsTheRow(settlement));
  }
  const good = knownGood(context, settlement);
  if (good !== undefined) return inDoubt(`yet ${good}`);
  const { refusals = 0 } = settlement;
  const again = (more: Refused, waitMs = BETWEEN_REFUSALS_MS) =>
    inDoubt('it is asked once more', { waitMs, ...more });
  if (sinceRefusalMs === undefined || sinceRefusalMs > TOGETHER_MS)
    return again({ refusals: 1, refusedAtMs: await journal.sharedNowMs() });
  const tooSoonByMs = refusals * BETWEEN_REFUSALS_MS - sinceRefusalMs;
  if (tooSoonByMs > 0) return again({}, tooSoonByMs);
  if (refusals + 1 < ENDING_REFUSALS) return again({ refusals: refusals + 1 });
  await writer.transition({
    ...attempt,
    to: 'failed',
    change: {
      errorReason: codes.settlementFailed,
      errorMessage: `the node refused the transaction for good (${lasting.join(', ')}) and the ledger does not hold it: ${providerMessage}`,
      lastProviderMessage: providerMessage,
    },
  });
}

/** What another answer writes: the refusals before it are not in a row with those after it. */
export function endsTheRow({ refusals = 0 }: Settlement): Refused {
  return refusals === 0 ? {} : { refusals: 0 };
}

/**
 * Why the bytes that were refused are no proof against their transaction. A transaction is named by its body alone: with
 * other witnesses, which others may have, it may be good.
 */
function knownGood(
  { judgesBytes }: SubmitContext,
  { kind, submittedAtMs, earliestBlockSlot, redeemedAtMs }: Settlement,
): string | undefined {
  if (earliestBlockSlot !== undefined || redeemedAtMs !== undefined) return 'a block held it before';
  if (submittedAtMs !== undefined) return 'a node took it before';
  // What moves a channel meets the whole ledger check, whatever the configuration says.
  return judgesBytes || kind !== 'payment' ? undefined : 'its bytes were not judged here';
}
