import type { ChainPoint, SchemeRegistry } from '@x402-facilitator/cardano';
import type { ChainProvider } from '@x402-facilitator/chain';
import {
  AWAITING_STATES,
  type ChainWindowStore,
  type Settlement,
  type SettlementIndex,
} from '@x402-facilitator/journal';
import { isDeep, isFollowed } from '../lookups/index.js';
import type { SettlementWriter } from './settlement-writer.js';

/** About half the time between two blocks. */
const LOOK_AGAIN_MS = 10_000;

type InclusionContext = {
  readonly writer: SettlementWriter;
  readonly journal: Pick<SettlementIndex, 'postpone'>;
  readonly schemes: Pick<SchemeRegistry, 'of'>;
  readonly provider: Pick<ChainProvider, 'getTip' | 'getBlock'>;
  readonly windows: Pick<ChainWindowStore, 'read'>;
  /** `chain.follower.failureDepth`. */
  readonly failureDepth: number;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

type Inclusion = {
  readonly block: ChainPoint;
  readonly validContract: boolean;
  /** Newer canonical blocks on top that the caller knows of. */
  readonly confirmations: number;
  readonly leaseFence?: number;
  /** Whether the journal knows of the block: a rollback of it would be noticed, so it may confirm by its depth. */
  readonly isNoted?: boolean;
};

/**
 * Records that a transaction is in a canonical block: included, or failed when its scripts did. A settlement that was
 * confirmed by mempool acceptance stays confirmed and gets its block.
 */
export async function recordInclusion(
  context: InclusionContext,
  settlement: Settlement,
  inclusion: Inclusion,
): Promise<void> {
  if (!inclusion.validContract) return recordFailedScripts(context, settlement, inclusion);
  const { network, txHash, state, requiredConfirmations } = settlement;
  const { block, confirmations, leaseFence, isNoted = false } = inclusion;
  const shared = { network, txHash, ...(leaseFence === undefined ? {} : { leaseFence }) };
  const change = { block, confirmations };
  if (state !== 'confirmed') {
    const to = isNoted && confirmations >= requiredConfirmations ? 'confirmed' : 'included';
    await context.writer.transition({ ...shared, from: AWAITING_STATES, to, change });
    return;
  }
  // The follower looks at an included one in every block, at a confirmed one only when blocks that it knows leave the chain.
  if (leaseFence === undefined && !(await isInWindow(context, block))) {
    await context.journal.postpone(network, txHash, context.now() + LOOK_AGAIN_MS);
    return;
  }
  await context.writer.transition({ ...shared, from: ['confirmed'], to: 'confirmed', change });
}

async function isInWindow({ windows }: InclusionContext, block: ChainPoint): Promise<boolean> {
  const window = await windows.read();
  return window.ok && isFollowed(window.value, block);
}

/** A rollback undoes failed scripts too, and on another chain they may succeed: it fails only once its block is deep. */
async function recordFailedScripts(
  { writer, journal, schemes, provider, failureDepth, now }: InclusionContext,
  settlement: Settlement,
  { block, leaseFence }: Inclusion,
): Promise<void> {
  const { network, txHash, state, attempts } = settlement;
  const shared = { network, txHash, ...(leaseFence === undefined ? {} : { leaseFence }) };
  if (state === 'confirmed') await writer.transition({ ...shared, from: ['confirmed'], to: 'submitted' });
  const what = `block ${block.hash} holds the transaction with failed scripts`;
  if (await isDeep(provider, block, failureDepth)) {
    await writer.transition({
      ...shared,
      from: AWAITING_STATES,
      to: 'failed',
      change: {
        errorReason: schemes.of(settlement.scheme).codes.scriptFailed,
        errorMessage: `${what}: it took its collateral and paid nothing`,
        proof: { kind: 'script-failure', block },
      },
    });
    return;
  }
  const lookAgainAtMs = now() + LOOK_AGAIN_MS;
  if (state === 'submitting')
    await writer.transition({
      ...shared,
      from: ['submitting'],
      to: 'ambiguous',
      fence: attempts,
      change: { lastProviderMessage: `${what}, and a rollback could still undo that` },
      lookAgainAtMs,
    });
  else await journal.postpone(network, txHash, lookAgainAtMs);
}
