import { type OutRefKey, outRefKey } from '@x402-facilitator/cardano';
import type { UnspentOutput } from '@x402-facilitator/chain';

/** What the wallet's own transaction has to do. */
export type PoolPlan = {
  readonly inputs: readonly UnspentOutput[];
  /** Outputs of `utxoLovelace` to make; what is left goes to one more. */
  readonly create: number;
};

/** So many fit into a transaction with room to spare, and so cost little. */
const MAX_INPUTS = 60;
const MAX_CREATED = 60;
/** So many outputs that are missing, loose or too many are worth a transaction in a pool of any size. */
const WORTHWHILE = 20;
/** For the fee of such a transaction, and for what is left to be an output of its own. Lovelace. */
const RESERVE_LOVELACE = 2_000_000n;

/** True for an output that the pool lends: ada alone, of exactly the pool's denomination. */
export function isPoolOutput({ lovelace, isPlainAda }: UnspentOutput, utxoLovelace: bigint): boolean {
  return isPlainAda && lovelace === utxoLovelace;
}

/**
 * Decides how to bring the pool to its size. It waits until a quarter or twenty are missing, or twenty small outputs lie
 * about: each transaction costs a fee. Outputs with tokens, datums or scripts are left alone, and so is what somebody claims.
 *
 * @returns `undefined` when nothing is worth doing, or nothing can be done with what is there.
 */
export function planPool(options: {
  /** Everything unspent at the wallet's address. */
  readonly outputs: readonly UnspentOutput[];
  /** Outputs that a sponsorship or a settlement has a claim on. */
  readonly claimed: ReadonlySet<OutRefKey>;
  readonly size: number;
  readonly utxoLovelace: bigint;
}): PoolPlan | undefined {
  const { outputs, claimed, size, utxoLovelace } = options;
  const isFree = ({ outRef }: UnspentOutput) => !claimed.has(outRefKey(outRef));
  const pool = outputs.filter((output) => isPoolOutput(output, utxoLovelace));
  const loose = outputs
    .filter((output) => output.isPlainAda && !isPoolOutput(output, utxoLovelace) && isFree(output))
    .sort((a, b) => Number(b.lovelace - a.lovelace));
  const worthwhile = Math.min(Math.ceil(size / 4), WORTHWHILE);

  const missing = size - pool.length;
  const inputs = loose.slice(0, MAX_INPUTS);
  const affordable = (sumOf(inputs) - RESERVE_LOVELACE) / utxoLovelace;
  const create = Math.max(0, Math.min(missing, MAX_CREATED, Number(affordable)));
  if (missing >= worthwhile && create > 0) return { inputs, create };
  if (loose.length >= WORTHWHILE) return { inputs, create };

  const surplus = pool.filter(isFree).slice(0, Math.min(-missing, MAX_INPUTS));
  if (-missing >= worthwhile && surplus.length > 0) return { inputs: surplus, create: 0 };
  return undefined;
}

function sumOf(outputs: readonly UnspentOutput[]): bigint {
  return outputs.reduce((sum, { lovelace }) => sum + lovelace, 0n);
}
