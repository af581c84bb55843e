import { z } from 'zod';
import { parseShelleyAddress } from '../ledger/address/index.js';
import { networkIdOf, parseNetwork } from '../ledger/network/index.js';
import { fromHex } from '../ledger/primitives/index.js';
import { checkSignedData } from '../ledger/signed-data/index.js';
import { err, ok, type Result } from '../result.js';
import { type Receipt, receiptSchema, receiptText, signedReceiptSchema } from './receipt.js';

export type ReceiptVerdict =
  /** `address` signed it. Whether that is the facilitator's address, the reader has to know. */
  | { readonly kind: 'valid'; readonly receipt: Receipt; readonly address: string }
  | { readonly kind: 'invalid'; readonly message: string };

const documentSchema = signedReceiptSchema.extend({ receipt: z.unknown().optional() });

/**
 * Checks a receipt by itself, without a network: the payload is a receipt in its canonical form, it was signed with
 * the key of the address, and the address is of the network that the receipt speaks of.
 *
 * @param document what `GET /status/:transaction/receipt` answered, or its `SignedReceipt` alone, parsed as JSON.
 */
export function verifyReceipt(document: unknown): ReceiptVerdict {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  const { payload, signature, key, address, receipt: copy } = parsed.data;
  const receipt = readPayload(payload);
  if (!receipt.ok) return invalid(`payload: ${receipt.error}`);
  if (copy !== undefined && !isSame(copy, payload))
    return invalid('receipt: expected what the signed payload says, found something else');
  const signer = parseShelleyAddress(address);
  if (!signer.ok) return invalid(`address: ${signer.error}`);
  const network = parseNetwork(receipt.value.network);
  if (network === undefined || networkIdOf(network) !== signer.value.networkId)
    return invalid(`address: expected one of ${receipt.value.network}, found ${address}`);
  const signed = checkSignedData({
    signature: bytesOf(signature),
    key: bytesOf(key),
    address: signer.value,
    payload: new TextEncoder().encode(payload),
    payloadName: 'the text of payload',
  });
  if (!signed.ok) return invalid(`signature: ${signed.error}`);
  return { kind: 'valid', receipt: receipt.value, address };
}

/** The receipt that a text is in its canonical form, or what is wrong with the text. */
function readPayload(payload: string): Result<Receipt, string> {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return err('expected JSON');
  }
  const parsed = receiptSchema.safeParse(value);
  if (!parsed.success) return err(z.prettifyError(parsed.error));
  // Another spelling of the same values would be signed as validly, but no one would compare it.
  return receiptText(parsed.data) === payload ? ok(parsed.data) : err('expected canonical JSON (RFC 8785)');
}

function isSame(copy: unknown, payload: string): boolean {
  const parsed = receiptSchema.safeParse(copy);
  return parsed.success && receiptText(parsed.data) === payload;
}

function bytesOf(text: string): Uint8Array {
  return fromHex(text) ?? new Uint8Array();
}

function invalid(message: string): ReceiptVerdict {
  return { kind: 'invalid', message };
}
