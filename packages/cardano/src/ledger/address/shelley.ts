import { bech32 } from '@scure/base';
import { toHex } from '../primitives/hex.js';
import type { Credential, ShelleyAddress } from './address.js';

const HASH_LENGTH = 28;
const NETWORK_IDS = [0, 1] as const;
/** Header, payment hash and stake hash; bech32 then has 103 or 108 characters, beyond the format's own default of 90. */
const MAX_BECH32_LENGTH = 150;
/** A slot of 32 bits takes at most five 7-bit groups, the two indexes of 16 bits at most three. */
const POINTER_FIELDS = [
  { name: 'slot', max: 0xffff_ffff },
  { name: 'transaction index', max: 0xffff },
  { name: 'certificate index', max: 0xffff },
] as const;

function pointerError(bytes: Uint8Array): string | undefined {
  let at = 0;
  for (const { name, max } of POINTER_FIELDS) {
    let value = 0;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined) return `the pointer ends inside its ${name}`;
      at += 1;
      value = value * 128 + (byte & 0x7f);
      if (value > max) return `the pointer's ${name} is above ${max}`;
      if (byte < 0x80) break;
    }
  }
  return at === bytes.length ? undefined : `${bytes.length - at} trailing bytes after the pointer`;
}

/**
 * Parses the bytes of a Shelley address as strictly as the ledger does since Babbage: the exact length, no unused
 * header bit, network 0 or 1.
 *
 * @returns what is wrong, as a string, when they are none.
 */
export function shelleyAddress(bytes: Uint8Array): ShelleyAddress | string {
  const header = bytes[0];
  if (header === undefined) return 'an address has at least one byte';
  const type = header >> 4;
  const networkId = NETWORK_IDS[header & 0x0f];
  if (type > 7) return `address type ${type} holds no output`;
  if (networkId === undefined) return `network id ${header & 0x0f} does not exist`;

  const credential = (script: boolean, offset: number): Credential => ({
    kind: script ? 'script' : 'key',
    hash: toHex(bytes.subarray(offset, offset + HASH_LENGTH)),
  });
  const rest = bytes.length - 1 - HASH_LENGTH;
  const expectedRest = type < 4 ? HASH_LENGTH : 0;
  if (type === 4 || type === 5) {
    const error = rest < 0 ? 'no room for a payment hash' : pointerError(bytes.subarray(1 + HASH_LENGTH));
    if (error !== undefined) return error;
  } else if (rest !== expectedRest) {
    return `expected ${1 + HASH_LENGTH + expectedRest} bytes for address type ${type}, found ${bytes.length}`;
  }
  const text = bech32.encode(
    networkId === 1 ? 'addr' : 'addr_test',
    bech32.toWords(bytes),
    MAX_BECH32_LENGTH,
  );
  const address = {
    kind: 'shelley' as const,
    bytes,
    text,
    networkId,
    payment: credential((type & 1) === 1, 1),
  };
  if (type < 4) return { ...address, stake: credential((type & 2) === 2, 1 + HASH_LENGTH) };
  return type < 6 ? { ...address, stake: { kind: 'pointer' } } : address;
}

/**
 * Parses a bech32 Shelley address; its prefix must agree with its network id.
 *
 * @returns what is wrong, as a string, when `text` is none.
 */
export function parseShelleyAddress(text: string): ShelleyAddress | string {
  if (text.length > MAX_BECH32_LENGTH) return `longer than ${MAX_BECH32_LENGTH} characters`;
  let decoded: { prefix: string; bytes: Uint8Array };
  try {
    const { prefix, words } = bech32.decode(text as `${string}1${string}`, MAX_BECH32_LENGTH);
    decoded = { prefix, bytes: bech32.fromWords(words) };
  } catch {
    return 'not bech32, or its checksum is wrong';
  }
  const address = shelleyAddress(decoded.bytes);
  if (typeof address === 'string') return address;
  const expectedPrefix = address.networkId === 1 ? 'addr' : 'addr_test';
  if (decoded.prefix !== expectedPrefix)
    return `expected the prefix ${expectedPrefix}, found ${decoded.prefix}`;
  return address;
}
