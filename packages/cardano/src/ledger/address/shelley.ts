import { bech32 } from '@scure/base';
import { DONE, err, ok, type Result } from '../../result.js';
import { toHex } from '../primitives/hex.js';
import { memory } from '../primitives/memory.js';
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

function checkPointer(bytes: Uint8Array): Result<undefined, string> {
  let at = 0;
  for (const { name, max } of POINTER_FIELDS) {
    let value = 0;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined) return err(`the pointer ends inside its ${name}`);
      at += 1;
      value = value * 128 + (byte & 0x7f);
      if (value > max) return err(`the pointer's ${name} is above ${max}`);
      if (byte < 0x80) break;
    }
  }
  return at === bytes.length ? DONE : err(`${bytes.length - at} trailing bytes after the pointer`);
}

/**
 * Parses the bytes of a Shelley address as strictly as the ledger does since Babbage: the exact length, no unused
 * header bit, network 0 or 1.
 *
 * @returns the address, or what is wrong with the bytes.
 */
export function shelleyAddress(
  bytes: Uint8Array,
  textOf = (prefix: 'addr' | 'addr_test') =>
    bech32.encode(prefix, bech32.toWords(bytes), MAX_BECH32_LENGTH) as string,
): Result<ShelleyAddress, string> {
  const header = bytes[0];
  if (header === undefined) return err('an address has at least one byte');
  const type = header >> 4;
  const networkId = NETWORK_IDS[header & 0x0f];
  if (type > 7) return err(`address type ${type} holds no output`);
  if (networkId === undefined) return err(`network id ${header & 0x0f} does not exist`);

  const credential = (script: boolean, offset: number): Credential => ({
    kind: script ? 'script' : 'key',
    hash: toHex(bytes.subarray(offset, offset + HASH_LENGTH)),
  });
  const rest = bytes.length - 1 - HASH_LENGTH;
  const expectedRest = type < 4 ? HASH_LENGTH : 0;
  if (type === 4 || type === 5) {
    if (rest < 0) return err('no room for a payment hash');
    const pointer = checkPointer(bytes.subarray(1 + HASH_LENGTH));
    if (!pointer.ok) return pointer;
  } else if (rest !== expectedRest) {
    return err(
      `expected ${1 + HASH_LENGTH + expectedRest} bytes for address type ${type}, found ${bytes.length}`,
    );
  }
  const address = {
    kind: 'shelley' as const,
    bytes,
    text: textOf(networkId === 1 ? 'addr' : 'addr_test'),
    networkId,
    payment: credential((type & 1) === 1, 1),
  };
  if (type < 4) return ok({ ...address, stake: credential((type & 2) === 2, 1 + HASH_LENGTH) });
  return ok(type < 6 ? { ...address, stake: { kind: 'pointer' } } : address);
}

/**
 * Parses a bech32 Shelley address; its prefix must agree with its network id.
 *
 * @returns the address, or what is wrong with the text. Never throws.
 * @example
 * const payTo = parseShelleyAddress('addr_test1…');
 * if (payTo.ok) console.log(payTo.value.payment.hash);
 */
export function parseShelleyAddress(text: string): Result<ShelleyAddress, string> {
  if (text.length > MAX_BECH32_LENGTH) return err(`longer than ${MAX_BECH32_LENGTH} characters`);
  const known = PARSED.get(text);
  if (known !== undefined) return ok(known);
  const parsed = parseBech32(text);
  if (parsed.ok) PARSED.set(text, parsed.value);
  return parsed;
}

/**
 * Parses a bech32 reward address (CIP-19, types 14 and 15), `stake…` on mainnet and `stake_test…` elsewhere.
 *
 * @returns its credential, or what is wrong with the text. Never throws.
 * @example
 * const stake = parseRewardAddress('stake_test1…');
 * if (stake.ok) console.log(stake.value.hash);
 */
export function parseRewardAddress(text: string): Result<Credential, string> {
  const decoded = decodeBech32(text);
  if (!decoded.ok) return decoded;
  const { prefix, bytes } = decoded.value;
  const [header = 0] = bytes;
  const networkId = NETWORK_IDS[header & 0x0f];
  if (header >> 5 !== 7 || networkId === undefined || bytes.length !== 1 + HASH_LENGTH)
    return err('expected a header of a reward address and 28 bytes');
  const expectedPrefix = networkId === 1 ? 'stake' : 'stake_test';
  if (prefix !== expectedPrefix) return err(`expected the prefix ${expectedPrefix}, found ${prefix}`);
  return ok({ kind: header & 0x10 ? 'script' : 'key', hash: toHex(bytes.subarray(1)) });
}

/** A seller is paid at one address again and again, and bech32 is slow. */
const PARSED = memory<ShelleyAddress>(1_024);

function decodeBech32(text: string): Result<{ readonly prefix: string; readonly bytes: Uint8Array }, string> {
  try {
    const { prefix, words } = bech32.decode(text as `${string}1${string}`, MAX_BECH32_LENGTH);
    return ok({ prefix, bytes: bech32.fromWords(words) });
  } catch {
    return err('not bech32, or its checksum is wrong');
  }
}

function parseBech32(text: string): Result<ShelleyAddress, string> {
  const read = decodeBech32(text);
  if (!read.ok) return read;
  const decoded = read.value;
  // What was decoded is not encoded again: bech32 has one form, in lower case.
  const address = shelleyAddress(decoded.bytes, () => text.toLowerCase());
  if (!address.ok) return address;
  const expectedPrefix = address.value.networkId === 1 ? 'addr' : 'addr_test';
  if (decoded.prefix !== expectedPrefix)
    return err(`expected the prefix ${expectedPrefix}, found ${decoded.prefix}`);
  return address;
}
