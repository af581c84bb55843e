import {
  type Amounts,
  equalBytes,
  leastLovelaceOf,
  lovelace,
  type Network,
  type NewOutput,
  type OutRefKey,
  ok,
  outRefKey,
  quantityOf,
  type Result,
  subtract,
  sum,
  type Transaction,
  type TxHash,
} from '@x402-facilitator/cardano/ledger';
import { type CostParameters, slotAt, type WalletOutput } from '../chain/index.js';
import type { Keys } from '../keys/index.js';
import { readPayment } from '../payment/read-payment.js';
import { signersOf, witnessed } from '../payment/sign-payment.js';
import { isOpenedBy } from '../payment/wallet-keys.js';
import { refuse } from '../refused-payment-error.js';
import { type BuildFailure, buildTransaction, bytesOfAddress } from '../transaction/index.js';

/** A payment that goes back. */
export type ReturnedPayment = {
  /** The very output that was paid. The return spends it, so no second return can. */
  readonly output: WalletOutput;
  /** Where it goes: the payer's address, as `whoPaid` tells it. */
  readonly to: string;
};

/** What is to be paid back, in one transaction. */
export type ReturnOrder = {
  readonly network: Network;
  readonly payments: readonly ReturnedPayment[];
  /** They open the payments. */
  readonly keys: Keys;
  /**
   * Pays the part of the fee that a payment cannot: a token comes with no more ADA than its output must hold. Without it only payments
   * in ADA go back.
   */
  readonly float?: { readonly keys: Keys; readonly outputs: readonly WalletOutput[] } | undefined;
  readonly parameters: CostParameters;
  /** POSIX milliseconds after which it can no longer be included. */
  readonly validToMs: number;
};

/** A transaction that pays back, signed and not submitted. */
export type SignedReturn = {
  readonly txHash: TxHash;
  readonly bytes: Uint8Array;
  /** The payments, and outputs of the float. */
  readonly inputs: readonly OutRefKey[];
  readonly feeLovelace: bigint;
  /** The slot from which it can no longer be included. */
  readonly ttl: number;
  /** What goes back of each payment, in the order of the payments. */
  readonly returned: readonly (Amounts & { readonly to: string })[];
};

/** More than the fee of the largest transaction without scripts, in case a provider reports nonsense. */
const MAX_FEE_LOVELACE = 1_000_000n;

/**
 * Pays back what was paid, less the fee, which the payments share. It spends the paid outputs themselves. So a payment goes back once,
 * whoever is killed and however often this is called, and a return never outlives its payment in a rollback.
 *
 * What was built is read again before it is signed.
 *
 * @returns or why they make no transaction: too little ADA for fee and min-UTxO, or too many for one.
 * @throws Error for an address that is not one, or a provider's absurd parameters.
 * @example
 * const signed = await signReturn({ network, payments: [{ output, to: payer }], keys, parameters, validToMs });
 */
export async function signReturn(order: ReturnOrder): Promise<Result<SignedReturn, BuildFailure>> {
  const { network, payments, keys, float, parameters, validToMs } = order;
  const home = bytesOfAddress((float?.keys ?? keys).address);
  const ttl = slotAt(network, validToMs);
  const built = buildTransaction({
    outputs: (fee) => returnsOf(payments, fee, parameters),
    available: float?.outputs ?? [],
    required: payments.map(({ output }) => output),
    change: home,
    ttl,
    parameters,
  });
  if (!built.ok) return built;
  const transaction = readPayment(built.value.bytes);
  const expected = returnsOf(payments, transaction.fee, parameters);
  assertReturns(transaction, expected, order, home);
  const known = new Map([...payments.map(({ output }) => output), ...(float?.outputs ?? [])].map(named));
  let { bytes } = built.value;
  for (const each of [keys, ...(float === undefined ? [] : [float.keys])]) {
    const signers = signersOf(transaction.inputs, known, each);
    if (signers.size > 0) bytes = await witnessed(bytes, transaction.id, signers, each);
  }
  return ok({
    txHash: transaction.id,
    bytes,
    inputs: transaction.inputs.map(outRefKey),
    feeLovelace: transaction.fee,
    ttl,
    returned: expected.map(({ value }, index) => ({ ...value, to: payments[index]?.to ?? '' })),
  });
}

/**
 * The least lovelace of a payment that can go back alone: what its output must hold at the payer's address, and the fee.
 *
 * @param payment the tokens that it holds, and its payer.
 * @throws Error for an address that is not one.
 * @example
 * const least = leastReturnable({ to: payer, assets: new Map() }, await chain.parameters());
 */
export function leastReturnable(
  { to, assets }: Pick<Amounts, 'assets'> & Pick<ReturnedPayment, 'to'>,
  parameters: CostParameters,
): bigint {
  const address = bytesOfAddress(to);
  const outRef = { txHash: '00'.repeat(32) as TxHash, index: 0 };
  const back = (amount: bigint) => ({ address, value: { lovelace: amount, assets } });
  const built = buildTransaction({
    outputs: (fee) => [back(MOST_ADA - fee)],
    available: [],
    required: [{ outRef, address: to, lovelace: lovelace(MOST_ADA), assets }],
    change: address,
    ttl: 2 ** 31,
    parameters,
  });
  if (!built.ok)
    throw new Error(`expected parameters by which an output can be spent, found ${built.error.kind}`);
  return leastLovelaceOf(back(0n), parameters) + built.value.fee;
}

/** For the size of what is not known yet. */
const MOST_ADA = 1_000_000_000n;

const named = (output: WalletOutput) => [outRefKey(output.outRef), output] as const;

/** Each payment less its part of the fee, where it can bear it; the first ones bear what does not divide. */
function returnsOf(
  payments: readonly ReturnedPayment[],
  fee: bigint,
  parameters: CostParameters,
): readonly NewOutput[] {
  const count = BigInt(payments.length);
  return payments.map(({ output, to }, index) => {
    const part = fee / count + (BigInt(index) < fee % count ? 1n : 0n);
    const { assets } = output;
    const less = { address: bytesOfAddress(to), value: { lovelace: output.lovelace - part, assets } };
    return output.lovelace > part && less.value.lovelace >= leastLovelaceOf(less, parameters)
      ? less
      : { ...less, value: { lovelace: output.lovelace, assets } };
  });
}

/** Nothing but these payments and the float is spent, each goes where it came from, and the float loses its part of the fee alone. */
function assertReturns(
  { inputs, outputs, fee }: Transaction,
  expected: readonly NewOutput[],
  { payments, keys, float }: ReturnOrder,
  home: Uint8Array,
): void {
  for (const { output } of payments)
    if (!isOpenedBy(keys, output.address))
      refuse(`expected payments that the keys open, found one at ${output.address}`);
  if (fee > MAX_FEE_LOVELACE) refuse(`expected a fee of at most ${MAX_FEE_LOVELACE} lovelace, found ${fee}`);
  const ours = new Map((float?.outputs ?? []).map(named));
  const missing = new Set<OutRefKey>(payments.map(({ output }) => outRefKey(output.outRef)));
  if (missing.size < payments.length) refuse('expected each payment once, found one twice');
  const used = inputs.map(outRefKey).filter((name) => !missing.delete(name));
  const spent = used.map(
    (name) => ours.get(name) ?? refuse(`expected payments and the float, found ${name}`),
  );
  if (missing.size > 0)
    refuse(`expected every payment among the inputs, found none of ${[...missing].join(', ')}`);
  const goesBack = expected.every(({ address, value }, index) => {
    const found = outputs[index];
    return found !== undefined && equalBytes(found.addressBytes, address) && isSame(found, value);
  });
  const change = outputs.slice(expected.length);
  if (!goesBack || !change.every(({ addressBytes }) => equalBytes(addressBytes, home)))
    refuse('expected the payments to go back, and the rest to the float, found other outputs');
  const gone = subtract(sum(spent), sum(change));
  if (gone.lovelace > fee || gone.assets.size > 0)
    refuse(`expected the float to pay at most the fee of ${fee} lovelace, found ${gone.lovelace} gone`);
}

function isSame(left: Amounts, right: Amounts): boolean {
  return (
    left.lovelace === right.lovelace &&
    left.assets.size === right.assets.size &&
    [...right.assets].every(([asset, amount]) => quantityOf(left, asset) === amount)
  );
}
