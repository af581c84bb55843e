import { base58, bech32 } from '@scure/base';
import { err, type Result } from '../../result.js';
import type { Address } from './address.js';
import { byronAddress } from './byron.js';
import { parseShelleyAddress, shelleyAddress } from './shelley.js';

/** Every Byron address is a CBOR array of two, and no Shelley header has this value. */
const BYRON_HEADER = 0x82;
/** Far above every real Byron address: base58 takes quadratic time. */
const MAX_BASE58_LENGTH = 300;
const NEITHER = 'neither bech32 with the prefix addr or addr_test, nor base58';

/**
 * Parses an address from its bytes, as strictly as the ledger's own decoder.
 *
 * @returns the address, or what is wrong with the bytes. Never throws.
 * @example
 * const address = addressOf(output.addressBytes);
 * if (address.ok) console.log(address.value.text);
 */
export function addressOf(bytes: Uint8Array): Result<Address, string> {
  return bytes[0] === BYRON_HEADER ? byronAddress(bytes) : shelleyAddress(bytes);
}

/**
 * How explorers write the address of an output that the ledger holds. Before Babbage it took addresses that it takes no
 * more, such as a pointer with bytes behind it: their text is none that `parseAddress` reads.
 */
export function addressText(bytes: Uint8Array): string {
  const [header = 0] = bytes;
  if (header === BYRON_HEADER) return base58.encode(bytes);
  return bech32.encode((header & 0x0f) === 1 ? 'addr' : 'addr_test', bech32.toWords(bytes), false);
}

/**
 * Parses an address from text: bech32 (CIP-19), or base58 for Byron.
 *
 * @returns the address, or what is wrong with the text. Never throws.
 * @example
 * const address = parseAddress('addr_test1…');
 * if (address.ok && address.value.kind === 'shelley') console.log(address.value.payment.hash);
 */
export function parseAddress(text: string): Result<Address, string> {
  if (/^addr(_test)?1/i.test(text)) return parseShelleyAddress(text);
  if (text.length > MAX_BASE58_LENGTH) return err(NEITHER);
  let bytes: Uint8Array;
  try {
    bytes = base58.decode(text);
  } catch {
    return err(NEITHER);
  }
  return byronAddress(bytes);
}
