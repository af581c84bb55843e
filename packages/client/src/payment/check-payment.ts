import {
  type AssetId,
  equalBytes,
  LOVELACE,
  minimumLovelaceOfSize,
  type OutRefKey,
  outRefKey,
  quantityOf,
  subtract,
  sum,
  type Transaction,
  type TransactionOutput,
  toHex,
} from '@x402-facilitator/cardano/ledger';
import type { CostParameters, WalletOutput } from '../chain/index.js';
import type { Keys } from '../keys/index.js';
import { refuse } from '../refused-payment-error.js';
import { assertLendable, isOfferedOutput, type LentOutput } from './lent-output.js';
import { readPayment } from './read-payment.js';
import type { Loss } from './spend-limits.js';
import type { Terms } from './terms.js';
import { addressHexOf, isOpenedBy } from './wallet-keys.js';

/** What a finished transaction is held against. */
export type ExpectedPayment = {
  readonly terms: Terms;
  readonly keys: Pick<Keys, 'address' | 'keyHashes'>;
  /** The transaction's inputs, as the wallet's own provider knows them. */
  readonly known: ReadonlyMap<OutRefKey, WalletOutput>;
  /** The sponsor's output, when one is among the inputs. */
  readonly lent?: LentOutput | undefined;
  readonly costs: CostParameters;
  /** The slot from which it can no longer be included. The inputs are held until then, not longer. */
  readonly ttl: number;
};

/** What was checked: the transaction, and what it takes out of the wallet. */
export type CheckedPayment = { readonly transaction: Transaction; readonly loss: Loss };

/** The size of a witness, with its CBOR around it. */
const WITNESS_BYTES = 128n;
/** Builders round up. */
const FEE_SLACK_PERCENT = 5n;
/** More than the fee of the largest transaction without scripts, in case a provider reports nonsense. */
const MAX_FEE_LOVELACE = 1_000_000n;
/** More than twice of what the ledger asks today, for the same case: it is the price of the ADA that goes with a token. */
const MAX_COINS_PER_UTXO_BYTE = 10_000n;

/**
 * Computes what a finished transaction takes out of the wallet, and refuses everything that the price does not explain.
 * It trusts none of its makers: not the server, not a sponsor, and not the code that built it.
 *
 * @param bytes exactly the bytes to be signed.
 * @throws RefusedPaymentError
 */
export function checkPayment(bytes: Uint8Array, expected: ExpectedPayment): CheckedPayment {
  const { terms, keys, lent, costs } = expected;
  if (costs.coinsPerUtxoByte > MAX_COINS_PER_UTXO_BYTE)
    refuse(
      `expected at most ${MAX_COINS_PER_UTXO_BYTE} lovelace for a byte of an output, found ${costs.coinsPerUtxoByte}`,
    );
  const transaction = readPayment(bytes);
  const own = ownInputs(transaction, expected);
  assertFee(transaction, own, expected);
  if (transaction.ttl !== expected.ttl)
    refuse(`expected a transaction that ends at slot ${expected.ttl}, found ${transaction.ttl}`);
  const [paying, ...others] = transaction.outputs;
  if (paying === undefined) refuse('expected an output that pays the price, found no output');
  const addedAda = assertPays(paying, transaction.fee, expected);
  assertPlain(others);
  const home = addressHexOf(keys.address);
  const isHome = (output: TransactionOutput) => toHex(output.addressBytes) === home;
  const sponsoredMinAda = sponsoredOf(addedAda, lent);
  assertReturned(
    others.filter((output) => !isHome(output)),
    lent,
    transaction.fee + sponsoredMinAda,
  );

  const ada = (terms.asset === LOVELACE ? terms.amount : 0n) + addedAda - sponsoredMinAda;
  const explained = new Map<AssetId, bigint>([
    [terms.asset, terms.amount],
    [LOVELACE, ada + (lent === undefined ? transaction.fee : 0n)],
  ]);
  const loss = lossOf(own, transaction.outputs.filter(isHome));
  for (const [asset, lost] of loss) {
    const most = explained.get(asset) ?? 0n;
    if (lost > most)
      refuse(
        `expected at most ${most} ${asset} to leave the wallet for this price, found ${lost} in the transaction`,
      );
  }
  return { transaction, loss };
}

/** The sponsor's part of the ADA beside the price. */
function sponsoredOf(addedAda: bigint, lent: LentOutput | undefined): bigint {
  if (lent === undefined) return 0n;
  return isOfferedOutput(lent) ? addedAda : smaller(addedAda, lent.minAdaLovelace);
}

const smaller = (left: bigint, right: bigint) => (left < right ? left : right);

function assertFee(
  { fee, bytes }: Transaction,
  own: readonly WalletOutput[],
  expected: ExpectedPayment,
): void {
  const { costs, lent } = expected;
  // Every address of the wallet may need a signature of its own.
  const signatures = new Set(own.map(({ address }) => address)).size + (lent === undefined ? 0 : 1);
  const size = bytes.length;
  const signed = BigInt(size) + WITNESS_BYTES * BigInt(signatures);
  const least = costs.minFeePerByte * signed + costs.minFeeConstant;
  const most = smaller(least + (least * FEE_SLACK_PERCENT) / 100n, MAX_FEE_LOVELACE);
  if (fee > most) refuse(`expected a fee of at most ${most} lovelace for ${size} bytes, found ${fee}`);
  if (isOfferedOutput(lent) && fee > lent.maxFeeLovelace)
    refuse(`expected a fee of at most ${lent.maxFeeLovelace} lovelace, as the seller offers, found ${fee}`);
}

/** Every input must be the wallet's or the lent one, because a signature covers them all. */
function ownInputs({ inputs }: Transaction, { known, keys, lent }: ExpectedPayment): readonly WalletOutput[] {
  const lentKey = lent === undefined ? undefined : outRefKey(lent.output.outRef);
  const own = new Map<OutRefKey, WalletOutput>();
  for (const ref of inputs) {
    const name = outRefKey(ref);
    if (name === lentKey) continue;
    const output = known.get(name);
    if (output === undefined)
      refuse(`expected the input ${name} to be unspent, found none at the payer's provider`);
    if (!isOpenedBy(keys, output.address))
      refuse(
        `expected inputs of this wallet${lent ? ' and the lent one' : ''}, found ${name} of ${output.address}`,
      );
    own.set(name, output);
  }
  if (lent !== undefined) {
    assertLendable(lent.output, keys);
    if (!inputs.some((ref) => outRefKey(ref) === lentKey))
      refuse(`expected the lent output ${lentKey} as input, found none`);
  }
  if (own.size === 0) refuse('expected an input of this wallet, which makes the payment its own, found none');
  return [...own.values()];
}

/** @returns the ADA that the paying output must hold beside the price. */
function assertPays(
  paying: TransactionOutput,
  fee: bigint,
  { terms, costs, ttl, lent }: ExpectedPayment,
): bigint {
  const { payTo, asset, amount, inlineDatum, lock } = terms;
  if (!equalBytes(paying.addressBytes, payTo.bytes))
    refuse(`expected the first output to pay ${payTo.text}, found the address ${toHex(paying.addressBytes)}`);
  const found = paying.datum?.kind === 'inline' ? paying.datum.bytes : undefined;
  const hasItsDatum =
    inlineDatum === undefined
      ? paying.datum === undefined
      : found !== undefined && equalBytes(found, inlineDatum);
  if (paying.scriptRef !== undefined || !hasItsDatum)
    refuse(
      inlineDatum === undefined
        ? 'expected addresses and amounts in outputs, found a datum or a script in output 0'
        : 'expected the datum that the seller asks for in output 0 and no script, found another',
    );
  if (lock !== undefined) {
    lock.assertIn(paying, ttl, costs);
    return lock.collateralLovelace;
  }
  const minAda = minimumLovelaceOfSize(paying.bytes.length, costs);
  const paid = quantityOf(paying, asset);
  if (asset === LOVELACE && paid > amount && paid === minAda)
    refuse(`a price of ${amount} lovelace cannot be paid: an output must hold at least ${paid}`);
  if (paid !== amount) refuse(`expected ${amount} ${asset} for the seller, found ${paid}`);
  const others = [...paying.assets.keys()].filter((other) => other !== asset);
  if (others.length > 0) refuse(`expected ${asset} alone for the seller, found ${others.join(', ')} too`);
  if (isOfferedOutput(lent)) return assertRest(paying, fee, lent);
  if (asset !== LOVELACE && paying.lovelace > minAda)
    refuse(
      `expected ${minAda} lovelace to travel with the price, as the ledger wants, found ${paying.lovelace}`,
    );
  return asset === LOVELACE ? 0n : minAda;
}

/** The seller gets back what it lent, less the fee: no more and no less. */
function assertRest({ lovelace }: TransactionOutput, fee: bigint, { output }: LentOutput): bigint {
  const rest = output.lovelace - fee;
  if (lovelace !== rest)
    refuse(`expected ${rest} lovelace of the seller's own to go back with the price, found ${lovelace}`);
  return rest;
}

function assertPlain(outputs: readonly TransactionOutput[]): void {
  outputs.forEach(({ datum, scriptRef }, index) => {
    if (datum !== undefined || scriptRef !== undefined)
      refuse(`expected addresses and amounts in outputs, found a datum or a script in output ${index + 1}`);
  });
}

/** An output that is neither the seller's nor the wallet's must go back to the sponsor. */
function assertReturned(
  returned: readonly TransactionOutput[],
  lent: LentOutput | undefined,
  used: bigint,
): void {
  const isLenders = lent !== undefined && !isOfferedOutput(lent);
  const home = isLenders ? addressHexOf(lent.output.address) : undefined;
  for (const { addressBytes } of returned)
    if (toHex(addressBytes) !== home)
      refuse(
        `expected outputs for the seller, this wallet${isLenders ? ' and the sponsor' : ''}, found the address ${toHex(addressBytes)}`,
      );
  if (!isLenders) return;
  const [change, ...more] = returned;
  if (change === undefined || more.length > 0)
    refuse(`expected one output with the change of the lent one, found ${returned.length}`);
  if (change.assets.size > 0) refuse('expected ADA alone to go back to the sponsor, found tokens');
  const least = lent.output.lovelace - used;
  if (change.lovelace < least)
    refuse(`expected at least ${least} lovelace to go back to the sponsor, found ${change.lovelace}`);
}

function lossOf(own: readonly WalletOutput[], back: readonly TransactionOutput[]): Loss {
  const { lovelace, assets } = subtract(sum(own), sum(back));
  return new Map<AssetId, bigint>([[LOVELACE, lovelace], ...assets]);
}
