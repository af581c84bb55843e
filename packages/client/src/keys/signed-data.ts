import {
  concatBytes,
  encodeArray,
  encodeBytes,
  encodeHead,
  encodeMap,
} from '@x402-facilitator/cardano/ledger';

const [NEGATIVE, TEXT] = [1, 3];
/** `alg` of RFC 9052, and EdDSA (-8) of RFC 9053 as CBOR counts negative numbers. */
const ALGORITHM = encodeHead(0, 1n);
const EDDSA = encodeHead(NEGATIVE, 7n);

/**
 * The bytes under a CIP-8 signature, with the headers that CIP-30 asks for: algorithm and address.
 *
 * @param address the signer's, in bytes.
 */
export function signatureStructure(address: Uint8Array, payload: Uint8Array): Uint8Array {
  const headers = encodeMap([
    [ALGORITHM, EDDSA],
    [text('address'), encodeBytes(address)],
  ]);
  return encodeArray([
    text('Signature1'),
    encodeBytes(headers),
    encodeBytes(new Uint8Array()),
    encodeBytes(payload),
  ]);
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return concatBytes([encodeHead(TEXT, BigInt(bytes.length)), bytes]);
}
