import { z } from 'zod';
import { parseShelleyAddress } from '../ledger/address/index.js';
import { networkIdOf, parseNetwork } from '../ledger/network/index.js';
import { verifyEd25519 } from '../ledger/primitives/ed25519.js';
import { fromHex } from '../ledger/primitives/index.js';
import { checkSignedData } from '../ledger/signed-data/index.js';
import { err, ok, type Result } from '../result.js';
import { type Receipt, receiptSchema, receiptText, signedReceiptSchema } from './receipt.js';

/** A receipt, and the bech32 address that signed it. Whether that is the facilitator's, the reader has to know. */
export type VerifiedReceipt = { readonly receipt: Receipt; readonly address: string };

const documentSchema = signedReceiptSchema.extend({ receipt: z.unknown().optional() });

/**
 * Checks a receipt by itself, without a network: the payload is a receipt in its canonical form, the key of the address
 * signed it, and the address belongs to the receipt's network (docs/receipts.md).
 *
 * @param document the parsed JSON of `GET /status/:transaction/receipt`, or its `SignedReceipt` alone.
 * @returns the receipt and its signer, or what is wrong: place, expected and found. Never throws.
 * @example
 * const verified = verifyReceipt(await response.json());
 * if (!verified.ok) throw new Error(`not a valid receipt: ${verified.error}`);
 * if (verified.value.address !== trusted) throw new Error('another facilitator signed it');
 */
export function verifyReceipt(document: unknown): Result<VerifiedReceipt, string> {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return err(z.prettifyError(parsed.error));
  const { payload, signature, key, address, receipt: copy } = parsed.data;
  const receipt = readPayload(payload);
  if (!receipt.ok) return err(`payload: ${receipt.error}`);
  if (copy !== undefined && !isSame(copy, payload))
    return err('receipt: expected what the signed payload says, found something else');
  const signer = parseShelleyAddress(address);
  if (!signer.ok) return err(`address: ${signer.error}`);
  const network = parseNetwork(receipt.value.network);
  if (network === undefined || networkIdOf(network) !== signer.value.networkId)
    return err(`address: expected one of ${receipt.value.network}, found ${address}`);
  const signed = checkSignedData({
    verify: verifyEd25519,
    signature: bytesOf(signature),
    key: bytesOf(key),
    address: signer.value,
    payload: new TextEncoder().encode(payload),
    payloadName: 'the text of payload',
  });
  if (!signed.ok) return err(`signature: ${signed.error}`);
  return ok({ receipt: receipt.value, address });
}

/** The receipt that a payload holds, or what is wrong with the payload. */
function readPayload(payload: string): Result<Receipt, string> {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return err('expected JSON');
  }
  const parsed = receiptSchema.safeParse(value);
  if (!parsed.success) return err(z.prettifyError(parsed.error));
  // One receipt has one text: another spelling of the same values is refused, though its signature holds.
  return receiptText(parsed.data) === payload ? ok(parsed.data) : err('expected canonical JSON (RFC 8785)');
}

function isSame(copy: unknown, payload: string): boolean {
  const parsed = receiptSchema.safeParse(copy);
  return parsed.success && receiptText(parsed.data) === payload;
}

function bytesOf(text: string): Uint8Array {
  return fromHex(text) ?? new Uint8Array();
}
