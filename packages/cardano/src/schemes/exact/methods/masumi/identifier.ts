import lzString from 'lz-string';
import { fromHex, toHex } from '../../../../ledger/primitives/hex.js';
import { DONE, err, type Result } from '../../../../result.js';
import { LIMITS } from './parameters.js';

/** The parts of the compatibility identifier, as the requirements write them. */
export type MasumiIdentifier = {
  readonly sellerNonce: string;
  /** Empty for a seller without a registration. */
  readonly agentIdentifier: string;
  readonly buyerNonce: string;
  readonly referenceSignature: string;
  readonly referenceKey: string;
  /** bech32. */
  readonly contractAddress: string;
};

const SELLER_NONCE_CHARACTERS = 64;

/** The text under which Masumi's own tools know a payment (scheme: "Identity and compatibility identifier"). */
function textOf(identifier: MasumiIdentifier): string {
  const { sellerNonce, agentIdentifier, buyerNonce, referenceSignature, referenceKey, contractAddress } =
    identifier;
  return [sellerNonce + agentIdentifier, buyerNonce, referenceSignature, referenceKey, contractAddress].join(
    '.',
  );
}

/** The `blockchainIdentifier` of a payment: lowercase hex of the compressed text. */
export function encodeIdentifier(identifier: MasumiIdentifier): string {
  return toHex(lzString.compressToUint8Array(textOf(identifier)));
}

/** LZString reads units of 16 bits; on anything else it returns garbage or throws. */
function decompress(compressed: Uint8Array): string | undefined {
  if (compressed.length % 2 !== 0) return undefined;
  try {
    return lzString.decompressFromUint8Array(compressed) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes a `blockchainIdentifier` apart. Never throws.
 *
 * A few bytes can unfold into megabytes: the text may grow with the square of the compressed length. So a long identifier
 * is not read. Verification does not need it: it compares with `encodeIdentifier`.
 *
 * @returns `undefined` for anything else, and for an identifier above `LIMITS.readableIdentifierBytes`.
 */
export function decodeIdentifier(blockchainIdentifier: string): MasumiIdentifier | undefined {
  if (blockchainIdentifier.length > 2 * LIMITS.readableIdentifierBytes) return undefined;
  const compressed = fromHex(blockchainIdentifier);
  if (compressed === undefined) return undefined;
  const text = decompress(compressed);
  const [seller, buyerNonce, referenceSignature, referenceKey, contractAddress, ...more] =
    text?.split('.', 6) ?? [];
  if (seller === undefined || seller.length < SELLER_NONCE_CHARACTERS || more.length > 0) return undefined;
  if (
    buyerNonce === undefined ||
    referenceSignature === undefined ||
    referenceKey === undefined ||
    contractAddress === undefined
  )
    return undefined;
  return {
    sellerNonce: seller.slice(0, SELLER_NONCE_CHARACTERS),
    agentIdentifier: seller.slice(SELLER_NONCE_CHARACTERS),
    buyerNonce,
    referenceSignature,
    referenceKey,
    contractAddress,
  };
}

/**
 * Compares a `blockchainIdentifier` with the one that the requirements make.
 *
 * @returns nothing, or the first part that differs.
 */
export function checkIdentifier(found: string, expected: MasumiIdentifier): Result<undefined, string> {
  if (found === encodeIdentifier(expected)) return DONE;
  const decoded = decodeIdentifier(found);
  if (decoded === undefined) return err('the identifier of these requirements, found something else');
  const names = Object.keys(expected) as (keyof MasumiIdentifier)[];
  const differing = names.find((name) => decoded[name] !== expected[name]);
  if (differing === undefined) return err('the compressed form of LZString, found another of the same text');
  return err(`${differing} ${expected[differing].slice(0, 80)}, found ${decoded[differing].slice(0, 80)}`);
}
