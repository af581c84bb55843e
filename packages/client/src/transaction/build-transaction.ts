import {
  type Amounts,
  type AssetId,
  changeValues,
  err,
  LOVELACE,
  type NewOutput,
  type OutRef,
  ok,
  outRefKey,
  parseAddress,
  quantityOf,
  type Result,
  subtract,
  sum,
} from '@x402-facilitator/cardano/ledger';
import type { CostParameters, WalletOutput } from '../chain/index.js';
import { encodeTransaction, witnessBytes } from './write-transaction.js';

/** What a transaction must do, and what it may spend. */
export type TransactionPlan = {
  /** The outputs that must be there, first in the transaction. They may depend on the fee, where a sponsor pays it. */
  readonly outputs: (fee: bigint) => readonly NewOutput[];
  /** Unspent outputs of the wallet to choose from. */
  readonly available: readonly WalletOutput[];
  /** Inputs that must be there: a sponsor's, or one of an earlier transaction that this one must exclude. */
  readonly required?: readonly WalletOutput[] | undefined;
  /** The wallet's address, in bytes. */
  readonly change: Uint8Array;
  /** The first slot at which the transaction is no longer valid. */
  readonly ttl: number;
  readonly parameters: CostParameters;
};

/** A transaction that lacks only its signatures. */
export type BuiltTransaction = {
  /** Without signatures. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly OutRef[];
  readonly fee: bigint;
};

/** Why the outputs do not make this transaction. */
export type BuildFailure =
  /** They hold too little of the asset, whatever is chosen. */
  | { readonly kind: 'too little'; readonly asset: AssetId; readonly held: bigint; readonly wanted: bigint }
  /** They hold what is paid, but too little ADA for the fee and for what outputs must hold. */
  | { readonly kind: 'too little ada' }
  | { readonly kind: 'too large'; readonly bytes: number; readonly most: number };

/**
 * Builds a payment: chooses inputs, computes the fee by the ledger's formula until it fits, and brings the change back.
 * The same plan always gives the same bytes.
 *
 * It takes as few inputs as it can. Of the asset, and then of ADA, it takes the smallest output that suffices alone, else
 * the largest first.
 */
export function buildTransaction(plan: TransactionPlan): Result<BuiltTransaction, BuildFailure> {
  const { parameters } = plan;
  const chosen = [...(plan.required ?? [])];
  const taken = new Set(chosen.map(({ outRef }) => outRefKey(outRef)));
  let held = sum(chosen);
  const take = (output: WalletOutput) => {
    taken.add(outRefKey(output.outRef));
    chosen.push(output);
    held = sum([held, output]);
  };
  const isLeft = ({ outRef }: WalletOutput) => !taken.has(outRefKey(outRef));
  // Without this a wallet of dust would be added up at length, for a transaction that no block takes.
  const mayFit = () => chosen.length * LEAST_INPUT_BYTES <= parameters.maxTransactionBytes;
  const tooLarge = (bytes: number) =>
    err<BuildFailure>({ kind: 'too large', bytes, most: parameters.maxTransactionBytes });

  const leastFee = parameters.minFeeConstant;
  const paid = sum(plan.outputs(leastFee).map(({ value }) => value));
  for (const [asset, wanted] of paid.assets) {
    const holders = plan.available
      .filter((output) => isLeft(output) && quantityOf(output, asset) > 0n)
      .toSorted(bySize(asset));
    while (quantityOf(held, asset) < wanted) {
      const missing = wanted - quantityOf(held, asset);
      const next = holders.find((output) => quantityOf(output, asset) >= missing) ?? holders.pop();
      if (next === undefined)
        return err({ kind: 'too little', asset, held: quantityOf(held, asset), wanted });
      take(next);
      if (!mayFit()) return tooLarge(chosen.length * LEAST_INPUT_BYTES);
    }
  }
  const bySizeOfAda = plan.available.filter(isLeft).toSorted(bySize(LOVELACE));
  for (;;) {
    const missing = paid.lovelace + leastFee - held.lovelace;
    const built = chosen.length > 0 && missing <= 0n ? balance(chosen, plan) : undefined;
    if (built !== undefined) {
      const bytes = built.bytes.length + witnessBytes(signersOf(chosen));
      return bytes > parameters.maxTransactionBytes ? tooLarge(bytes) : ok(built);
    }
    const sufficient = bySizeOfAda
      .filter(({ lovelace }) => lovelace >= missing)
      .slice(0, CANDIDATES)
      .find((output) => balance([...chosen, output], plan) !== undefined);
    const next = sufficient ?? bySizeOfAda.at(-1);
    if (next === undefined) return err(shortage(held, paid));
    bySizeOfAda.splice(bySizeOfAda.indexOf(next), 1);
    take(next);
    if (!mayFit()) return tooLarge(chosen.length * LEAST_INPUT_BYTES);
  }
}

/** An input with its transaction's id and index. */
const LEAST_INPUT_BYTES = 36;
/** So many outputs are tried whether one suffices alone, the smallest first. After them the largest is taken. */
const CANDIDATES = 16;

function shortage(held: Amounts, paid: Amounts): BuildFailure {
  return held.lovelace < paid.lovelace && paid.assets.size === 0
    ? { kind: 'too little', asset: LOVELACE, held: held.lovelace, wanted: paid.lovelace }
    : { kind: 'too little ada' };
}

/** The smaller first, then those with fewer tokens, then by name: an order without ties. */
function bySize(asset: AssetId): (left: WalletOutput, right: WalletOutput) => number {
  return (left, right) => {
    const [small, large] = [quantityOf(left, asset), quantityOf(right, asset)];
    if (small !== large) return small < large ? -1 : 1;
    if (left.assets.size !== right.assets.size) return left.assets.size - right.assets.size;
    return outRefKey(left.outRef) < outRefKey(right.outRef) ? -1 : 1;
  };
}

/** The transaction of exactly these inputs; `undefined` when they do not suffice. */
function balance(inputs: readonly WalletOutput[], plan: TransactionPlan): BuiltTransaction | undefined {
  const { parameters, change, ttl } = plan;
  const refs = inputs
    .map(({ outRef }) => outRef)
    .toSorted((left, right) =>
      left.txHash === right.txHash ? left.index - right.index : left.txHash < right.txHash ? -1 : 1,
    );
  const held = sum(inputs);
  const extra = witnessBytes(signersOf(inputs));
  const write = (fee: bigint, outputs: readonly NewOutput[]) => {
    const bytes = encodeTransaction({ inputs: refs, outputs, fee, ttl });
    // The ledger does not bill the byte of the phase-2 flag.
    const billed = BigInt(bytes.length + extra - 1);
    return { bytes, least: parameters.minFeeConstant + parameters.minFeePerByte * billed };
  };
  const restOf = (fixed: readonly NewOutput[]) => subtract(held, sum(fixed.map(({ value }) => value)));

  // Each round can only raise the fee, and by less each time: it ends.
  for (let fee = parameters.minFeeConstant; ; ) {
    const fixed = plan.outputs(fee);
    const rest = restOf(fixed);
    const back = { lovelace: rest.lovelace - fee, assets: rest.assets };
    if (back.lovelace < 0n || [...back.assets.values()].some((amount) => amount < 0n)) return undefined;
    const { values, missing } = changeValues(back, change, parameters);
    if (missing > 0n) break;
    const returned = values.map((value) => ({ address: change, value }));
    const { bytes, least } = write(fee, [...fixed, ...returned]);
    if (fee >= least) return { bytes, inputs: refs, fee };
    fee = least;
  }
  // Too little to come back in an output of its own. It may be just the fee.
  const fee = restOf(plan.outputs(0n)).lovelace;
  const fixed = plan.outputs(fee);
  const rest = restOf(fixed);
  if (rest.lovelace !== fee || rest.assets.size > 0) return undefined;
  const { bytes, least } = write(fee, fixed);
  return fee >= least && fee <= least + least / FEE_SLACK_PART ? { bytes, inputs: refs, fee } : undefined;
}

/** A fee may be larger than the least by this part, where the rest would be too little for an output. */
const FEE_SLACK_PART = 50n;

/** How many keys sign: one for each payment credential. */
function signersOf(inputs: readonly WalletOutput[]): number {
  const credentials = inputs.map(({ address }) => {
    const parsed = parseAddress(address);
    return parsed.ok && parsed.value.kind === 'shelley' ? parsed.value.payment.hash : address;
  });
  return new Set(credentials).size;
}
