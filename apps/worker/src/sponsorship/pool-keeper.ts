import { type OutRefKey, outRefKey } from '@x402-facilitator/cardano';
import type { UnspentOutput } from '@x402-facilitator/chain';
import type { PublishPoolOutcome, UnreadableSponsorship } from '@x402-facilitator/journal';
import { buildPoolTransaction } from './build-pool-transaction.js';
import { closeSponsorships } from './close-sponsorships.js';
import type { PoolContext } from './context.js';
import { createPoolTransactionFollower } from './follow-pool-transaction.js';
import { isPoolOutput, planPool } from './plan-pool.js';

export interface PoolKeeper {
  /**
   * One round, under the lease with the given fence.
   *
   * @throws ChainProviderError, JournalUnavailableError: the next round starts at the same place.
   */
  turn(leaseFence: number): Promise<void>;
}

/** Ticks between two looks at the wallet: during changes, and without any. */
const BUSY_TICKS = 2;
const IDLE_TICKS = 12;
/** A published pool stays valid for at least this long without a new look. After that nothing is lent from it. */
const SHORTEST_PUBLICATION_MS = 60_000;
/** Long enough for a busy chain. A low pool waits at most this long for its transaction. */
const POOL_TRANSACTION_VALID_MS = 600_000;

/**
 * Keeps the wallet's pool of small outputs: closes sponsorships that have ended, publishes the outputs that may be
 * lent, and splits and merges the wallet's money, one transaction at a time. It looks at the wallet after each change,
 * and otherwise now and then.
 */
export function createPoolKeeper(context: PoolContext): PoolKeeper {
  const { network, wallet, provider, facts, store, transactions, journal, logger } = context;
  const { size, utxoLovelace, tickMs, now } = context;
  const follower = createPoolTransactionFollower(context);
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let seenLast = '';
  const told = new Set<string>();

  /** Tells of each thing that cannot be read once. */
  const tellOnce = (what: string, id: string, reason: string) => {
    if (!told.has(id)) logger.error({ metadata: { id, reason } }, what);
    told.add(id);
  };
  const setAside = ({ id, reason }: UnreadableSponsorship) =>
    tellOnce('a sponsorship cannot be read: it is set aside and left as it is', id, reason);

  const isDue = (seen: string) => {
    const waitedMs = now() - lookedAtMs;
    return waitedMs >= tickMs * IDLE_TICKS || (seen !== seenLast && waitedMs >= tickMs * BUSY_TICKS);
  };

  const publish = async (
    fence: number,
    outputs: readonly UnspentOutput[],
    except: ReadonlySet<OutRefKey>,
    fault?: string,
  ): Promise<PublishPoolOutcome> => {
    const { parameters } = await facts.get();
    const pool = outputs.filter((output) => isPoolOutput(output, utxoLovelace));
    const breaker = fault ?? breakerOf(context, outputs, pool.length);
    const published = await store.publishPool({
      fence,
      ttlMs: Math.max(SHORTEST_PUBLICATION_MS, 3 * tickMs * IDLE_TICKS),
      changeAddress: wallet.address,
      size,
      coinsPerUtxoByte: parameters.coinsPerUtxoByte,
      ...(breaker === undefined ? {} : { breaker }),
      outputs: pool
        .map(({ outRef, lovelace }) => ({ output: outRefKey(outRef), lovelace }))
        .filter(({ output }) => !except.has(output)),
    });
    if (published.kind === 'published') for (const record of published.setAside) setAside(record);
    return published;
  };

  const splitOrMerge = async (
    fence: number,
    outputs: readonly UnspentOutput[],
    claimed: ReadonlySet<OutRefKey>,
  ): Promise<void> => {
    const plan = planPool({ outputs, claimed, size, utxoLovelace });
    if (plan === undefined) return;
    const inputs = plan.inputs.map(({ outRef }) => outRefKey(outRef));
    // An output that is not published any more is not lent again. One that was lent just before is among the claimed.
    const published = await publish(fence, outputs, new Set(inputs));
    if (published.kind === 'superseded' || inputs.some((input) => published.claimed.has(input))) return;
    const { parameters } = await facts.get();
    const validUntilMs = now() + POOL_TRANSACTION_VALID_MS;
    const transaction = await buildPoolTransaction({ wallet, plan, utxoLovelace, parameters, validUntilMs });
    const inFlight = await journal.inFlight(network, transaction.txHash, inputs);
    if (!inFlight.ok || inFlight.value.reserved !== undefined) return;
    if (await transactions.begin(fence, transaction)) await follower.send(fence, transaction);
  };

  return {
    async turn(fence) {
      const { included } = await closeSponsorships(context, setAside);
      const following = await follower.follow(fence);
      // What it spends is unknown: nothing is lent, and nothing else is sent, until it can be read again or is gone.
      const fault = following.ok ? undefined : 'the wallet’s own transaction under way cannot be read';
      if (!following.ok) tellOnce(`${fault}: nothing is lent`, 'pool transaction', following.error);
      const { spending, hasEnded } = following.ok ? following.value : NOTHING_KNOWN;
      const { free, reserved, bound } = await store.counts();
      const seen = [free, reserved, bound, included, fault].join();
      if (!hasEnded && !isDue(seen)) return;
      const outputs = await provider.getUnspentOutputs(wallet.address);
      lookedAtMs = now();
      seenLast = seen;
      const published = await publish(fence, outputs, spending ?? new Set(), fault);
      if (published.kind === 'superseded' || spending !== undefined || fault !== undefined) return;
      await splitOrMerge(fence, outputs, new Set(published.claimed.keys()));
    },
  };
}

const NOTHING_KNOWN = { spending: undefined, hasEnded: false };

/** Why nothing may be lent, in words for operators and callers. */
function breakerOf(
  { minimum, minBalanceLovelace }: PoolContext,
  outputs: readonly UnspentOutput[],
  poolSize: number,
): string | undefined {
  const balance = outputs
    .filter(({ isPlainAda }) => isPlainAda)
    .reduce((sum, { lovelace }) => sum + lovelace, 0n);
  if (balance < minBalanceLovelace) return 'the balance of the wallet is low';
  return poolSize < minimum ? 'the pool of the wallet is low' : undefined;
}
