/** A y coordinate in 32 bytes, little endian. */
function encodingOf(y: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((y >> BigInt(8 * index)) & 0xffn));
}

const FIELD_PRIME = 2n ** 255n - 19n;

/**
 * The y coordinates of the points of small order, in every encoding: 0 and 1 have two. Anyone can sign for a key of small order. A
 * node verifies with libsodium, which refuses such keys; OpenSSL does not.
 */
const SMALL_ORDER: readonly Uint8Array[] = [
  0n,
  1n,
  FIELD_PRIME - 1n,
  FIELD_PRIME,
  FIELD_PRIME + 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
].map(encodingOf);

const SIGN_BIT = 0x80;
/** The lowest byte of the prime. All above it are 0xff, and the highest is 0x7f. */
const PRIME_LOWEST = 0xed;

/** Whether a compressed point, its sign bit aside, has a y coordinate of small order. */
function isOfSmallOrder(point: Uint8Array): boolean {
  return SMALL_ORDER.some((y) => {
    for (let index = 0; index < 31; index += 1) if (point[index] !== y[index]) return false;
    return ((point[31] ?? 0) & ~SIGN_BIT) === y[31];
  });
}

/** Whether a compressed point's y coordinate is below the prime. */
function isCanonical(point: Uint8Array): boolean {
  if (((point[31] ?? 0) | SIGN_BIT) !== 0xff) return true;
  for (let index = 30; index > 0; index -= 1) if (point[index] !== 0xff) return true;
  return (point[0] ?? 0) < PRIME_LOWEST;
}

/** Whether a node looks at the message at all: what it refuses by key and signature alone, it refuses here. */
export function mayBeValid(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return isCanonical(publicKey) && !isOfSmallOrder(publicKey) && !isOfSmallOrder(signature);
}
