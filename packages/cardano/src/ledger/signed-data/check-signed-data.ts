import { DONE, err, type Result } from '../../result.js';
import type { ShelleyAddress } from '../address/index.js';
import {
  type CborBytes,
  type CborMap,
  type CborNode,
  encodeArray,
  encodeBytes,
  encodeHead,
  readCbor,
} from '../cbor/index.js';
import { concatBytes, equalBytes } from '../primitives/bytes.js';
import { blake2b224 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';

/** Labels and values of RFC 9052 and RFC 9053. */
const KEY = { type: 1n, id: 2n, algorithm: 3n, curve: -1n, x: -2n, d: -4n } as const;
const HEADER = { algorithm: 1n, critical: 2n, keyId: 4n, address: 'address', hashed: 'hashed' } as const;
const OKP = 1n;
const EDDSA = -8n;
const ED25519 = 6n;
const TEXT_STRING = 3;
const PUBLIC_KEY_BYTES = 32;

/** The most that a COSE_Sign1 is longer than its payload: protected headers, a key and the heads of its items. */
const ENVELOPE_BYTES = 4096;
const MAX_DEPTH = 8;

type Label = bigint | string;
type Labelled = ReadonlyMap<Label, CborNode>;

class Unsound extends Error {}

function demand(condition: boolean, expected: string): asserts condition {
  if (!condition) throw new Unsound(`expected ${expected}`);
}

function read(bytes: Uint8Array, what: string, maxBytes: number = ENVELOPE_BYTES): CborNode {
  const outcome = readCbor(bytes, { maxBytes, maxDepth: MAX_DEPTH });
  if (!outcome.ok) throw new Unsound(`expected ${what}, found no CBOR item: ${outcome.error.message}`);
  return outcome.value;
}

function labelled({ entries }: CborMap, what: string): Labelled {
  const fields = new Map<Label, CborNode>();
  for (const [label, value] of entries) {
    demand(label.kind === 'int' || label.kind === 'text', `integers and text as the labels of ${what}`);
    demand(!fields.has(label.value), `every label of ${what} once`);
    fields.set(label.value, value);
  }
  return fields;
}

function isInt(node: CborNode | undefined, value: bigint): boolean {
  return node?.kind === 'int' && node.value === value;
}

function isBytes(node: CborNode | undefined, value: Uint8Array): boolean {
  return node?.kind === 'bytes' && equalBytes(node.value, value);
}

type CoseKey = { readonly publicKey: Uint8Array; readonly keyId: CborNode | undefined };

function coseKey(bytes: Uint8Array): CoseKey {
  const node = read(bytes, 'a COSE_Key');
  demand(node.kind === 'map', 'a COSE_Key as a map');
  const fields = labelled(node, 'the COSE_Key');
  demand(isInt(fields.get(KEY.type), OKP), 'a COSE_Key of type OKP (1)');
  demand(isInt(fields.get(KEY.algorithm), EDDSA), 'a COSE_Key for EdDSA (-8)');
  demand(isInt(fields.get(KEY.curve), ED25519), 'a COSE_Key on Ed25519 (6)');
  demand(!fields.has(KEY.d), 'a COSE_Key without private material');
  const x = fields.get(KEY.x);
  demand(
    x?.kind === 'bytes' && x.value.length === PUBLIC_KEY_BYTES,
    'a public key of 32 bytes in the COSE_Key',
  );
  return { publicKey: x.value, keyId: fields.get(KEY.id) };
}

type CoseSign1 = {
  readonly protectedBytes: Uint8Array;
  readonly protectedHeaders: Labelled;
  readonly unprotectedHeaders: Labelled;
  readonly payload: CborBytes;
  readonly signature: Uint8Array;
};

function coseSign1(bytes: Uint8Array, payloadLength: number): CoseSign1 {
  const node = read(bytes, 'a COSE_Sign1', ENVELOPE_BYTES + payloadLength);
  const [protectedNode, unprotectedNode, payload, signature] = node.kind === 'array' ? node.items : [];
  const isFour = node.kind === 'array' && node.items.length === 4;
  demand(isFour, 'a COSE_Sign1 as [protected, unprotected, payload, signature]');
  demand(protectedNode?.kind === 'bytes', 'protected headers as a byte string');
  const headers = read(protectedNode.value, 'protected headers');
  demand(headers.kind === 'map', 'protected headers as a map');
  demand(unprotectedNode?.kind === 'map', 'unprotected headers as a map');
  demand(payload?.kind === 'bytes', 'an attached payload');
  demand(signature?.kind === 'bytes', 'the signature as a byte string');
  return {
    protectedBytes: protectedNode.value,
    protectedHeaders: labelled(headers, 'the protected headers'),
    unprotectedHeaders: labelled(unprotectedNode, 'the unprotected headers'),
    payload,
    signature: signature.value,
  };
}

/** The bytes that are signed (RFC 9052, section 4.4), without external data. */
function sigStructure({ protectedBytes, payload }: CoseSign1): Uint8Array {
  const context = new TextEncoder().encode('Signature1');
  return encodeArray([
    concatBytes([encodeHead(TEXT_STRING, BigInt(context.length)), context]),
    encodeBytes(protectedBytes),
    encodeBytes(new Uint8Array()),
    encodeBytes(payload.value),
  ]);
}

/** A claim that the owner of an address signed some data, as CIP-30's `signData` does (CIP-8). */
export type SignedData = {
  /** The complete COSE_Sign1. */
  readonly signature: Uint8Array;
  /** The complete COSE_Key. */
  readonly key: Uint8Array;
  /** The claimed signer: the key must be that of its payment credential. */
  readonly address: ShelleyAddress;
  /** The data that must be signed. */
  readonly payload: Uint8Array;
  /** The payload's name for messages. */
  readonly payloadName: string;
  /** Verifies an Ed25519 signature as strictly as a node does. Node has a fast one, browsers have another. */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
};

function demandSignature(
  { publicKey, keyId }: CoseKey,
  signed: CoseSign1,
  { address, payload, payloadName, verify }: SignedData,
): void {
  const { protectedHeaders, unprotectedHeaders, signature } = signed;
  demand(isInt(protectedHeaders.get(HEADER.algorithm), EDDSA), 'the protected header alg EdDSA (-8)');
  const signer = protectedHeaders.get(HEADER.address);
  demand(isBytes(signer, address.bytes), `the protected header address to be the bytes of ${address.text}`);
  demand(!protectedHeaders.has(HEADER.critical), 'no critical headers');
  const twice = [...unprotectedHeaders.keys()].find((label) => protectedHeaders.has(label));
  demand(twice === undefined, `the header ${twice} either protected or unprotected`);
  const hashed = unprotectedHeaders.get(HEADER.hashed);
  demand(hashed?.kind === 'boolean' && !hashed.value, 'the unprotected header hashed false');
  demand(isBytes(signed.payload, payload), `the signed payload to be ${payloadName}`);
  const signedKeyId = protectedHeaders.get(HEADER.keyId) ?? unprotectedHeaders.get(HEADER.keyId);
  if (keyId !== undefined && signedKeyId !== undefined)
    demand(keyId.kind === 'bytes' && isBytes(signedKeyId, keyId.value), 'the same kid in key and signature');
  // This binds the signature to the address: without it any key would do.
  demand(
    address.payment.kind === 'key' && toHex(blake2b224(publicKey)) === address.payment.hash,
    `the COSE_Key of the payment credential of ${address.text}`,
  );
  demand(verify(publicKey, sigStructure(signed), signature), 'a valid Ed25519 signature');
}

/**
 * Checks that the owner of an address signed these bytes.
 *
 * @returns nothing, or what is expected and where. Never throws.
 * @example
 * const signed = checkSignedData({ key, signature, address, payload, payloadName: 'the order', verify: verifyEd25519 });
 * if (!signed.ok) console.log(signed.error);
 */
export function checkSignedData(data: SignedData): Result<undefined, string> {
  try {
    const key = coseKey(data.key);
    demandSignature(key, coseSign1(data.signature, data.payload.length), data);
    return DONE;
  } catch (error) {
    if (error instanceof Unsound) return err(error.message);
    throw error;
  }
}
