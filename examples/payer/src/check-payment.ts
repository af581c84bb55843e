import type { UTxO } from '@lucid-evolution/lucid';
import type { PaymentRequirements } from '@x402/core/types';
import { addressHexOf, isOpenedBy, type WalletKeys } from './addresses.js';
import { unitOf } from './assets.js';
import { assertLendable } from './lent-output.js';
import { lentMinAda, minAdaOf } from './min-ada.js';
import { type ReadOutput, type ReadTransaction, readTransaction } from './read-transaction.js';
import { refuse } from './refused-payment-error.js';
import { assertWithinLimits, type SpendLimits } from './spend-limits.js';

/** The ledger's parameters that limit the cost of a payment. */
export type CostParameters = {
  readonly minFeeA: number;
  readonly minFeeB: number;
  readonly coinsPerUtxoByte: bigint;
};

export type ExpectedPayment = {
  readonly requirements: PaymentRequirements;
  readonly keys: WalletKeys;
  /** The transaction's inputs, as the payer's own provider knows them. */
  readonly known: readonly UTxO[];
  /** The sponsor's output (`txHash#index`), and how much of it may stay in the output that pays a token. */
  readonly lent?: { readonly input: string; readonly minAdaLovelace: bigint } | undefined;
  readonly limits: SpendLimits;
  readonly costs: CostParameters;
  /** The slot from which it can no longer be included. The inputs are held until then, not longer. */
  readonly ttl: bigint;
};

/** The size of two witnesses, the wallet's and the sponsor's, with their CBOR around them. */
const WITNESS_BYTES = 128n;
/** Builders round up. */
const FEE_SLACK_PERCENT = 5n;
/** More than the fee of the largest transaction without scripts, in case a provider reports nonsense. */
const MAX_FEE_LOVELACE = 1_000_000n;

/**
 * Computes what a finished transaction takes out of the wallet, and refuses everything that the price does not explain.
 * It trusts none of its makers: not the server, not a sponsor, and not the library that built it.
 *
 * @param cborHex exactly the bytes to be signed.
 * @throws RefusedPaymentError
 */
export function checkPayment(cborHex: string, expected: ExpectedPayment): ReadTransaction {
  const transaction = readTransaction(cborHex);
  assertFee(transaction, expected);
  if (transaction.ttl !== expected.ttl)
    refuse(`expected a transaction that ends at slot ${expected.ttl}, found ${transaction.ttl}`);
  const { own, lent } = sortInputs(transaction, expected);
  const [paying, ...others] = transaction.outputs;
  if (paying === undefined) refuse('expected an output that pays the price, found no output');
  const minAda = assertPays(paying, expected);
  const back = others.filter(({ addressHex }) => addressHex === expected.keys.addressHex);
  const returned = others.filter(({ addressHex }) => addressHex !== expected.keys.addressHex);
  const sponsoredMinAda =
    expected.lent === undefined
      ? 0n
      : lentMinAda(expected.requirements.asset, minAda, expected.lent.minAdaLovelace);
  assertReturned(returned, lent, transaction.feeLovelace + sponsoredMinAda);

  const { asset, amount } = expected.requirements;
  const explained = new Map([[unitOf(asset), BigInt(amount)]]);
  const ada = asset === 'lovelace' ? BigInt(amount) : minAda - sponsoredMinAda;
  explained.set('lovelace', ada + (lent === undefined ? transaction.feeLovelace : 0n));
  const cameBack = paying.addressHex === expected.keys.addressHex ? [paying, ...back] : back;
  const loss = lossOf(own, cameBack);
  for (const [unit, lost] of loss) {
    const most = explained.get(unit) ?? 0n;
    if (lost > most)
      refuse(
        `expected at most ${most} ${unit} to leave the wallet for this price, found ${lost} in the transaction`,
      );
  }
  assertWithinLimits(loss, expected.limits);
  return transaction;
}

function assertFee({ feeLovelace, size }: ReadTransaction, { costs, lent }: ExpectedPayment): void {
  const signed = BigInt(size) + WITNESS_BYTES * (lent === undefined ? 1n : 2n);
  const least = BigInt(costs.minFeeA) * signed + BigInt(costs.minFeeB);
  const usual = least + (least * FEE_SLACK_PERCENT) / 100n;
  const most = usual < MAX_FEE_LOVELACE ? usual : MAX_FEE_LOVELACE;
  if (feeLovelace > most)
    refuse(`expected a fee of at most ${most} lovelace for ${size} bytes, found ${feeLovelace}`);
}

/** Every input must be the wallet's or the lent one, because a signature covers them all. */
function sortInputs(
  { inputs }: ReadTransaction,
  { known, keys, lent }: ExpectedPayment,
): { own: UTxO[]; lent: UTxO | undefined } {
  const own = new Map<string, UTxO>();
  let found: UTxO | undefined;
  for (const { txHash, outputIndex } of inputs) {
    const name = `${txHash}#${outputIndex}`;
    const output = known.find((utxo) => utxo.txHash === txHash && utxo.outputIndex === outputIndex);
    if (output === undefined)
      refuse(`expected the input ${name} to be unspent, found none at the payer's provider`);
    if (name === lent?.input) {
      assertLendable(output, keys);
      found = output;
    } else if (isOpenedBy(keys, output)) own.set(name, output);
    else
      refuse(
        `expected inputs of this wallet${lent ? ' and the lent one' : ''}, found ${name} of ${output.address}`,
      );
  }
  if (lent !== undefined && found === undefined)
    refuse(`expected the lent output ${lent.input} as input, found none`);
  if (own.size === 0) refuse('expected an input of this wallet, which makes the payment its own, found none');
  return { own: [...own.values()], lent: found };
}

/** @returns the ADA that the paying output must hold. */
function assertPays(paying: ReadOutput, { requirements, costs }: ExpectedPayment): bigint {
  const { payTo, asset, amount } = requirements;
  const unit = unitOf(asset);
  if (paying.addressHex !== addressHexOf(payTo))
    refuse(`expected the first output to pay ${payTo}, found the address ${paying.addressHex}`);
  const minAda = minAdaOf(paying.bytes, costs.coinsPerUtxoByte);
  const paid = paying.assets[unit] ?? 0n;
  if (unit === 'lovelace' && paid > BigInt(amount) && paid === minAda)
    refuse(`a price of ${amount} lovelace cannot be paid: an output must hold at least ${paid}`);
  if (paid !== BigInt(amount)) refuse(`expected ${amount} ${asset} for the seller, found ${paid}`);
  const { lovelace = 0n } = paying.assets;
  if (unit !== 'lovelace' && lovelace > minAda)
    refuse(`expected ${minAda} lovelace to travel with the price, as the ledger wants, found ${lovelace}`);
  const others = Object.keys(paying.assets).filter((found) => found !== unit && found !== 'lovelace');
  if (others.length > 0) refuse(`expected ${asset} alone for the seller, found ${others.join(', ')} too`);
  return minAda;
}

/** An output that is neither the seller's nor the wallet's must go back to the sponsor. */
function assertReturned(returned: readonly ReadOutput[], lent: UTxO | undefined, used: bigint): void {
  const home = lent === undefined ? undefined : addressHexOf(lent.address);
  for (const { addressHex } of returned)
    if (addressHex !== home)
      refuse(
        `expected outputs for the seller, this wallet${lent ? ' and the sponsor' : ''}, found the address ${addressHex}`,
      );
  if (lent === undefined) return;
  const [change, ...more] = returned;
  if (change === undefined || more.length > 0)
    refuse(`expected one output with the change of the lent one, found ${returned.length}`);
  if (Object.keys(change.assets).some((unit) => unit !== 'lovelace'))
    refuse('expected ADA alone to go back to the sponsor, found tokens');
  const least = (lent.assets.lovelace ?? 0n) - used;
  const { lovelace = 0n } = change.assets;
  if (lovelace < least)
    refuse(`expected at least ${least} lovelace to go back to the sponsor, found ${lovelace}`);
}

function lossOf(own: readonly UTxO[], back: readonly ReadOutput[]): Map<string, bigint> {
  const loss = new Map<string, bigint>();
  const add = (unit: string, amount: bigint) => loss.set(unit, (loss.get(unit) ?? 0n) + amount);
  for (const { assets } of own) for (const [unit, amount] of Object.entries(assets)) add(unit, amount);
  for (const { assets } of back) for (const [unit, amount] of Object.entries(assets)) add(unit, -amount);
  return loss;
}
