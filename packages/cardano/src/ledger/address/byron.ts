import { crc32 } from 'node:zlib';
import { base58 } from '@scure/base';
import { type CborNode, readCbor } from '../cbor/index.js';
import { toHex } from '../primitives/hex.js';
import type { ByronAddress } from './address.js';

const LIMITS = { maxBytes: 4096, maxDepth: 8 };
const EMBEDDED_CBOR = 24n;
const NETWORK_MAGIC = 2n;
const MAINNET = 1;
const TESTNET = 0;

function read(bytes: Uint8Array): CborNode | undefined {
  const outcome = readCbor(bytes, LIMITS);
  return outcome.kind === 'read' ? outcome.node : undefined;
}

/** The content behind the checksum: `[root, attributes, type]`. */
function checkedPayload(bytes: Uint8Array): Uint8Array | string {
  const node = read(bytes);
  if (node?.kind !== 'array' || node.items.length !== 2) return 'expected [payload, checksum]';
  const [payload, checksum] = node.items;
  if (payload?.kind !== 'tag' || payload.tag !== EMBEDDED_CBOR || payload.content.kind !== 'bytes') {
    return 'expected the payload as embedded CBOR';
  }
  if (checksum?.kind !== 'int' || checksum.value !== BigInt(crc32(payload.content.value))) {
    return 'its checksum is wrong';
  }
  return payload.content.value;
}

function networkIdOfAttributes(attributes: CborNode & { kind: 'map' }): 0 | 1 | string {
  let networkId: 0 | 1 = MAINNET;
  for (const [key, value] of attributes.entries) {
    if (key.kind !== 'int' || value.kind !== 'bytes') return 'expected attributes {number: bytes}';
    if (key.value !== NETWORK_MAGIC) continue;
    const magic = read(value.value);
    if (magic?.kind !== 'int' || magic.value < 0n || magic.value > 0xffff_ffffn)
      return 'expected a network magic of 32 bits';
    networkId = TESTNET;
  }
  return networkId;
}

/**
 * Parses the bytes of a Byron address: checksum, root and attributes.
 *
 * @returns what is wrong, as a string, when they are none.
 */
export function byronAddress(bytes: Uint8Array): ByronAddress | string {
  const payload = checkedPayload(bytes);
  if (typeof payload === 'string') return payload;
  const node = read(payload);
  if (node?.kind !== 'array' || node.items.length !== 3) return 'expected [root, attributes, type]';
  const [root, attributes, type] = node.items;
  if (root?.kind !== 'bytes' || root.value.length !== 28) return 'expected a root of 28 bytes';
  if (attributes?.kind !== 'map') return 'expected a map of attributes';
  if (type?.kind !== 'int' || (type.value !== 0n && type.value !== 2n)) return 'expected type 0 or 2';
  const networkId = networkIdOfAttributes(attributes);
  if (typeof networkId === 'string') return networkId;
  const attributesLength = attributes.end - attributes.start;
  return {
    kind: 'byron',
    bytes,
    text: base58.encode(bytes),
    networkId,
    root: toHex(root.value),
    attributesLength,
  };
}
