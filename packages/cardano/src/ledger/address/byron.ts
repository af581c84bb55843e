import { base58 } from '@scure/base';
import { err, ok, type Result } from '../../result.js';
import { type CborNode, readCbor } from '../cbor/index.js';
import { toHex } from '../primitives/hex.js';
import type { ByronAddress } from './address.js';

const LIMITS = { maxBytes: 4096, maxDepth: 8 };
const EMBEDDED_CBOR = 24n;
const NETWORK_MAGIC = 2n;
const MAINNET = 1;
const TESTNET = 0;

/** CRC-32 as zlib computes it, bit by bit: addresses are short, and a browser has no zlib. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

function read(bytes: Uint8Array): CborNode | undefined {
  const outcome = readCbor(bytes, LIMITS);
  return outcome.ok ? outcome.value : undefined;
}

/** The content behind the checksum: `[root, attributes, type]`. */
function checkedPayload(bytes: Uint8Array): Result<Uint8Array, string> {
  const node = read(bytes);
  if (node?.kind !== 'array' || node.items.length !== 2) return err('expected [payload, checksum]');
  const [payload, checksum] = node.items;
  if (payload?.kind !== 'tag' || payload.tag !== EMBEDDED_CBOR || payload.content.kind !== 'bytes') {
    return err('expected the payload as embedded CBOR');
  }
  if (checksum?.kind !== 'int' || checksum.value !== BigInt(crc32(payload.content.value))) {
    return err('its checksum is wrong');
  }
  return ok(payload.content.value);
}

function networkIdOfAttributes(attributes: CborNode & { kind: 'map' }): Result<0 | 1, string> {
  let networkId: 0 | 1 = MAINNET;
  for (const [key, value] of attributes.entries) {
    if (key.kind !== 'int' || value.kind !== 'bytes') return err('expected attributes {number: bytes}');
    if (key.value !== NETWORK_MAGIC) continue;
    const magic = read(value.value);
    if (magic?.kind !== 'int' || magic.value < 0n || magic.value > 0xffff_ffffn)
      return err('expected a network magic of 32 bits');
    networkId = TESTNET;
  }
  return ok(networkId);
}

/**
 * Parses the bytes of a Byron address: checksum, root and attributes.
 *
 * @returns the address, or what is wrong with the bytes.
 */
export function byronAddress(bytes: Uint8Array): Result<ByronAddress, string> {
  const payload = checkedPayload(bytes);
  if (!payload.ok) return payload;
  const node = read(payload.value);
  if (node?.kind !== 'array' || node.items.length !== 3) return err('expected [root, attributes, type]');
  const [root, attributes, type] = node.items;
  if (root?.kind !== 'bytes' || root.value.length !== 28) return err('expected a root of 28 bytes');
  if (attributes?.kind !== 'map') return err('expected a map of attributes');
  if (type?.kind !== 'int' || (type.value !== 0n && type.value !== 2n)) return err('expected type 0 or 2');
  const networkId = networkIdOfAttributes(attributes);
  if (!networkId.ok) return networkId;
  const attributesLength = attributes.end - attributes.start;
  return ok({
    kind: 'byron',
    bytes,
    text: base58.encode(bytes),
    networkId: networkId.value,
    root: toHex(root.value),
    attributesLength,
  });
}
