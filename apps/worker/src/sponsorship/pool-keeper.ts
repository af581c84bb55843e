import { type OutRefKey, outRefKey } from '@x402-facilitator/cardano';
import type { UnspentOutput } from '@x402-facilitator/chain';
import type { PublishPoolOutcome } from '@x402-facilitator/journal';
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
  const { network, wallet, provider, facts, store, transactions, journal } = context;
  const { size, utxoLovelace, tickMs, now } = context;
  const follower = createPoolTransactionFollower(context);
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let seenLast = '';

  const isDue = (seen: string) => {
    const waitedMs = now() - lookedAtMs;
    return waitedMs >= tickMs * IDLE_TICKS || (seen !== seenLast && waitedMs >= tickMs * BUSY_TICKS);
  };

  const publish = async (
    fence: number,
    outputs: readonly UnspentOutput[],
    except: ReadonlySet<OutRefKey>,
  ): Promise<PublishPoolOutcome> => {
    const { parameters } = await facts.get();
    const pool = outputs.filter((output) => isPoolOutput(output, utxoLovelace));
    const breaker = breakerOf(context, outputs, pool.length);
    return store.publishPool({
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
      const { included } = await closeSponsorships(context);
      const { spending, hasEnded } = await follower.follow(fence);
      const { free, reserved, bound } = await store.counts();
      const seen = [free, reserved, bound, included].join();
      if (!hasEnded && !isDue(seen)) return;
      const outputs = await provider.getUnspentOutputs(wallet.address);
      lookedAtMs = now();
      seenLast = seen;
      const published = await publish(fence, outputs, spending ?? new Set());
      if (published.kind === 'superseded' || spending !== undefined) return;
      await splitOrMerge(fence, outputs, new Set(published.claimed.keys()));
    },
  };
}

/** Why nothing may be lent, for operators and callers. */
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
