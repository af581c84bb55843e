import { err, ok, type Result } from '../../result.js';
import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { readCbor } from '../cbor/index.js';
import { blake2b256 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';
import type { TxHash } from '../primitives/tx-hash.js';
import { checkAuxiliaryData } from './decode/auxiliary-data.js';
import { transactionBody } from './decode/body.js';
import { boolean, type Item, rawBytes, record, Undecodable } from './decode/shape.js';
import { witnessSet } from './decode/witness-set.js';
import type { Transaction } from './transaction.js';

const FOUR = ['body', 'witness_set', 'is_valid', 'auxiliary_data'] as const;
const THREE = ['body', 'witness_set', 'auxiliary_data'] as const;

/** The parts of a transaction in either form. */
function partsOf(root: Item) {
  const { node } = root;
  if (node.kind !== 'array' || node.items.length !== THREE.length) return record(root, FOUR);
  return { ...record(root, THREE), is_valid: undefined };
}

function transactionOf(root: Item, bytes: Uint8Array): Transaction {
  const { body, witness_set, is_valid, auxiliary_data } = partsOf(root);
  const bodyBytes = rawBytes(body);
  const auxiliaryBytes = rawBytes(auxiliary_data);
  const hasAuxiliaryData = auxiliary_data.node.kind !== 'null';
  if (hasAuxiliaryData) checkAuxiliaryData(auxiliary_data);
  return {
    id: toHex(blake2b256(bodyBytes)) as TxHash,
    bytes,
    bodyBytes,
    // The ledger sizes a list of three: one byte of head, the body, the witness set and the auxiliary data or null.
    ledgerSize: 1 + bodyBytes.length + rawBytes(witness_set).length + auxiliaryBytes.length,
    ...transactionBody({ ...body, path: 'body' }),
    ...witnessSet({ ...witness_set, path: 'witness_set' }),
    isValid: is_valid === undefined || boolean({ ...is_valid, path: 'is_valid' }),
    statesPhase2Flag: is_valid !== undefined,
    ...(hasAuxiliaryData ? { auxiliaryDataBytes: auxiliaryBytes } : {}),
  };
}

/**
 * Decodes a signed Conway transaction `[body, witness_set, is_valid, auxiliary_data / nil]`, or the same without the flag
 * (from protocol version 12 on), refusing what a node's decoder refuses: trailing bytes, unknown or duplicate keys, wrong
 * types and sizes, empty sets that may not be empty. Legal but unusual encodings are legal: long integer heads, indefinite
 * lengths, untagged sets, outputs in the old array form. What depends on the protocol version is kept for the rules that
 * know it: duplicate inputs and redeemers, no inputs at all, a missing flag. Never throws, whatever the bytes.
 *
 * Source: the ledger's `conway.cddl`, and its decoders where they are stricter (byte strings in chunks are read inside
 * Plutus data and metadata only) or more lenient (a value with an empty asset map).
 *
 * @returns the transaction, or what is wrong with the bytes.
 * @example
 * const transaction = decodeTransaction(Buffer.from(base64, 'base64'));
 * if (transaction.ok) console.log(transaction.value.id, transaction.value.fee);
 */
export function decodeTransaction(bytes: Uint8Array): Result<Transaction, string> {
  const outcome = readCbor(bytes, DECODE_LIMITS);
  if (!outcome.ok) {
    const { message, offset } = outcome.error;
    return err(`not one CBOR item: ${message} (byte ${offset})`);
  }
  try {
    const root: Item = { node: outcome.value, path: 'transaction', source: bytes };
    return ok(transactionOf(root, bytes));
  } catch (error) {
    if (error instanceof Undecodable) return err(error.message);
    throw error;
  }
}
