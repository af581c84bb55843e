import { type OutRefKey, outRefKey } from '@x402-facilitator/cardano';
import type { UnspentOutput } from '@x402-facilitator/chain';

/** The plan for the wallet's own transaction. */
export type PoolPlan = {
  readonly inputs: readonly UnspentOutput[];
  /** Outputs of `utxoLovelace` to make; the rest goes to one more. */
  readonly create: number;
};

/** This many fit easily into one transaction. */
const MAX_INPUTS = 60;
const MAX_CREATED = 60;
/** This many missing, loose or surplus outputs are worth a transaction in a pool of any size. */
const WORTHWHILE = 20;
/** Left for the fee, and for an output that holds the rest. Lovelace. */
const RESERVE_LOVELACE = 2_000_000n;

/** True for an output that the pool lends: ada alone, of exactly the pool's denomination. */
export function isPoolOutput({ lovelace, isPlainAda }: UnspentOutput, utxoLovelace: bigint): boolean {
  return isPlainAda && lovelace === utxoLovelace;
}

/**
 * Decides how to bring the pool to its size. Each transaction costs a fee, so it waits until a quarter or twenty
 * outputs are missing, or twenty small ones have gathered. It does not touch claimed outputs, or those with tokens,
 * datums or scripts.
 *
 * @returns `undefined` when no transaction is worth its fee, or none is possible with these outputs.
 */
export function planPool(options: {
  /** Everything unspent at the wallet's address. */
  readonly outputs: readonly UnspentOutput[];
  /** Outputs that a sponsorship or a settlement claims. */
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
