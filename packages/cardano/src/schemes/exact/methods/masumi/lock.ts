import { encodeHead } from '../../../../ledger/cbor/index.js';
import type { ProtocolParameters } from '../../../../ledger/facts/protocol-parameters.js';
import { slotStartMs } from '../../../../ledger/network/timeline.js';
import { minimumLovelaceOfSize } from '../../../../ledger/phase-1/min-utxo.js';
import { encodePlutusData } from '../../../../ledger/plutus/index.js';
import { LOVELACE } from '../../../../ledger/primitives/asset.js';
import { blake2b224 } from '../../../../ledger/primitives/hash.js';
import { toHex } from '../../../../ledger/primitives/hex.js';
import type { TransactionOutput } from '../../../../ledger/transaction/transaction.js';
import { DONE, err, ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import type { RefusalCode } from '../../facts/codes.js';
import { outputsTo } from '../../facts/paying-outputs.js';
import type { PaymentTerms } from '../../facts/terms.js';
import type { Checked, MethodTransactionFacts } from '../../facts/transfer-method.js';
import {
  type DatumAddress,
  datumAddressOf,
  type EscrowDatum,
  escrowDatumData,
  FUNDS_LOCKED,
  readEscrowDatum,
  sameAddress,
} from './datum.js';
import type { MasumiExtra } from './extra.js';
import { MIN_COLLATERAL_LOVELACE } from './parameters.js';

const P = 'invalid_exact_cardano_payload_masumi';
/** Hex characters. */
const SHORTEST_REFERENCE_SIGNATURE = 2 * 16;
/** As long as what `SubmitResult` writes into the datum: a digest, and times in milliseconds. */
const RESULT_HASH = 'ff'.repeat(32);
const SOME_POSIX_MS = 2n ** 41n;

function refuse(code: RefusalCode, message: string): Result<never, Refusal> {
  return err({ code, message: `transaction: ${message}` });
}

/** The one output that locks the funds, and its datum. */
export type Lock = {
  readonly output: TransactionOutput;
  readonly datumBytes: Uint8Array;
  readonly datum: EscrowDatum;
};

/** The datum of the output that locks the funds. */
export function lockIn(output: TransactionOutput): Result<Lock, Refusal> {
  if (output.datum?.kind !== 'inline') {
    const found = output.datum === undefined ? 'no datum' : 'the hash of one';
    return refuse(`${P}_datum_missing`, `expected an inline datum in the escrow output, found ${found}`);
  }
  if (output.scriptRef !== undefined) {
    const message = 'expected no reference script in the escrow output, found one';
    return refuse(`${P}_reference_script`, message);
  }
  const datum = readEscrowDatum(output.datum.bytes);
  if (!datum.ok) {
    const message = `expected the datum masumi.vested_pay.v2, found another: ${datum.error}`;
    return refuse(`${P}_datum_invalid`, message);
  }
  return ok({ output, datumBytes: output.datum.bytes, datum: datum.value });
}

/** Finds the lock: exactly one output at the escrow's address, with an inline datum of the contract's form. */
export function lockOf({ transaction, payTo }: MethodTransactionFacts): Result<Lock, Refusal> {
  const atEscrow = outputsTo(transaction, payTo);
  const [output] = atEscrow;
  if (output !== undefined && atEscrow.length === 1) return lockIn(output);
  const message = `expected exactly one output at the escrow ${payTo.text}, found ${atEscrow.length}`;
  return refuse(`${P}_escrow_output_count`, message);
}

/** The contract pays keys only, not scripts such as the escrow; its tools write only these forms of stake. */
function isKeyAddress({ payment, stake }: DatumAddress): boolean {
  return payment.kind === 'key' && (stake === undefined || stake.kind === 'key');
}

/** What holds for every fresh lock. The contract would check it only when it is too late. */
export function checkFreshness({ datum }: Lock): Checked {
  const code = `${P}_datum_invalid` as const;
  const addresses = ['buyer', 'seller', 'buyer_return_address', 'seller_return_address'] as const;
  const odd = addresses.find((name) => {
    const found = datum[name];
    return found !== undefined && !isKeyAddress(found);
  });
  if (odd !== undefined)
    return refuse(code, `expected ${odd} to have key credentials, found a script or a pointer`);
  const fresh = { state: FUNDS_LOCKED, result_hash: '', seller_cooldown_time: 0n, buyer_cooldown_time: 0n };
  for (const [name, expected] of Object.entries(fresh)) {
    const found = datum[name as keyof typeof fresh];
    if (found !== expected)
      return refuse(code, `expected ${name} to be ${shown(expected)}, found ${shown(found)}`);
  }
  if (datum.reference_signature.length < SHORTEST_REFERENCE_SIGNATURE)
    return refuse(code, `expected a reference_signature of at least 16 bytes, found a shorter one`);
  const buyerTarget = datum.buyer_return_address ?? datum.buyer;
  const sellerTarget = datum.seller_return_address ?? datum.seller;
  if (sameAddress(buyerTarget, sellerTarget))
    return refuse(code, 'expected buyer and seller to be paid at different addresses, found the same');
  return DONE;
}

/** Every field that the seller signed is in the datum as it was signed. */
export function checkSignedFields({ datum }: Lock, extra: MasumiExtra): Checked {
  const { terms } = extra;
  const code = `${P}_datum_mismatch` as const;
  if (!sameAddress(datum.seller, datumAddressOf(terms.sellerAddress)))
    return refuse(code, `expected seller to be ${terms.sellerAddress.text}, found another`);
  const sellerReturn = terms.sellerReturnAddress && datumAddressOf(terms.sellerReturnAddress);
  if (!sameAddress(datum.seller_return_address, sellerReturn)) {
    const expected = terms.sellerReturnAddress?.text ?? 'absent';
    return refuse(code, `expected seller_return_address to be ${expected}, found another`);
  }
  const signed = {
    reference_key: extra.referenceKey,
    reference_signature: extra.referenceSignature,
    seller_nonce: terms.sellerNonce,
    buyer_nonce: terms.buyerNonce,
    agent_identifier: terms.agentIdentifier,
    input_hash: terms.inputHash,
    pay_by_time: terms.payByTime,
    submit_result_time: terms.submitResultTime,
    unlock_time: terms.unlockTime,
    external_dispute_unlock_time: terms.externalDisputeUnlockTime,
  };
  for (const [name, expected] of Object.entries(signed)) {
    const found = datum[name as keyof typeof signed];
    if (found !== expected)
      return refuse(code, `expected ${name} to be ${shown(expected)}, found ${shown(found)}`);
  }
  return DONE;
}

/** A field may be as long as the transaction: a message shows its beginning. */
function shown(value: string | bigint): string {
  const text = value.toString();
  if (text === '') return 'empty';
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}

/** The buyer has signed. */
export function checkBuyerWitness({ datum }: Lock, { transaction }: MethodTransactionFacts): Checked {
  const { hash } = datum.buyer.payment;
  if (transaction.vkeyWitnesses.some(({ publicKey }) => toHex(blake2b224(publicKey)) === hash)) return DONE;
  return refuse(`${P}_datum_mismatch`, `expected a signature by the buyer's key ${hash}, found none`);
}

/** The lock cannot be included after the deadline to pay. */
export function checkDeadline(
  { datum }: Lock,
  { transaction, networkFacts }: MethodTransactionFacts,
): Checked {
  const expected = `a TTL that begins at or before pay_by_time ${shown(datum.pay_by_time)}`;
  if (transaction.ttl === undefined) return refuse(`${P}_deadline`, `expected ${expected}, found none`);
  const ttlMs = slotStartMs(networkFacts.timeline, transaction.ttl);
  if (BigInt(Math.ceil(ttlMs)) <= datum.pay_by_time) return DONE;
  return refuse(
    `${P}_deadline`,
    `expected ${expected}, found slot ${transaction.ttl}, which begins at ${ttlMs}`,
  );
}

/** The output holds exactly the price and the collateral that the datum names. */
export function checkValue(
  { output, datum }: Lock,
  { asset, amount }: Pick<PaymentTerms, 'asset' | 'amount'>,
): Checked {
  const collateral = datum.collateral_return_lovelace;
  if (collateral !== 0n && collateral < MIN_COLLATERAL_LOVELACE) {
    const message = `expected collateral_return_lovelace to be 0 or at least ${MIN_COLLATERAL_LOVELACE}, found ${shown(collateral)}`;
    return refuse(`${P}_collateral`, message);
  }
  const requested = asset === LOVELACE ? amount : 0n;
  if (output.lovelace !== requested + collateral) {
    const expected = `exactly ${requested} requested and ${shown(collateral)} collateral lovelace in the escrow output`;
    return refuse(`${P}_collateral`, `expected ${expected}, found ${output.lovelace}`);
  }
  const found = [...output.assets].map(([id, quantity]) => `${quantity} ${id}`);
  const expected = asset === LOVELACE ? [] : [`${amount} ${asset}`];
  if (found.length === expected.length && found[0] === expected[0]) return DONE;
  const few = found.slice(0, 3).join(', ') || 'none';
  const message = `expected exactly ${expected[0] ?? 'no native assets'} in the escrow output, found ${few}`;
  return refuse(`${P}_asset`, message);
}

function headLength(size: number): number {
  return encodeHead(2, BigInt(size)).length;
}

/**
 * The serialized size of the escrow output once the seller has submitted a result, with a `result_hash` and both cooldowns.
 * The seller's tools encode the datum again, so the longer of the ledger's usual encoding and the payer's own counts.
 */
function sizeAfterResult({ outputBytes, datumBytes, datum }: LockSize): number {
  const encoded = (content: EscrowDatum) => encodePlutusData(escrowDatumData(content)).length;
  const usualNow = encoded(datum);
  const usualThen = encoded({
    ...datum,
    result_hash: RESULT_HASH,
    seller_cooldown_time: SOME_POSIX_MS,
    buyer_cooldown_time: SOME_POSIX_MS,
  });
  const then = Math.max(usualThen, datumBytes.length + usualThen - usualNow);
  const now = datumBytes.length;
  return outputBytes - now - headLength(now) + then + headLength(then);
}

/** A lock as it is written: the size of its output, and its datum in it. */
export type LockSize = { readonly outputBytes: number } & Pick<Lock, 'datumBytes' | 'datum'>;

/** The least lovelace of a lock from which the seller can take a step: with its result it is a larger output. */
export function leastLovelaceOfLock(
  lock: LockSize,
  parameters: Pick<ProtocolParameters, 'coinsPerUtxoByte'>,
): bigint {
  return minimumLovelaceOfSize(sizeAfterResult(lock), parameters);
}

/** The output is large enough for the seller's result; otherwise it could never be spent again. */
export function checkMinUtxo(lock: Lock, parameters: Pick<ProtocolParameters, 'coinsPerUtxoByte'>): Checked {
  const size = sizeAfterResult({ ...lock, outputBytes: lock.output.bytes.length });
  const minimum = minimumLovelaceOfSize(size, parameters);
  const { lovelace } = lock.output;
  if (lovelace >= minimum) return DONE;
  const expected = `at least ${minimum} lovelace in the escrow output, which will have ${size} bytes with its result`;
  return refuse(`${P}_min_utxo`, `expected ${expected}, found ${lovelace}`);
}
