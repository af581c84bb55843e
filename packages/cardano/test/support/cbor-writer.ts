/**
 * A CBOR writer with every freedom that the format leaves and the ledger accepts, and some that it does not: long heads,
 * indefinite lengths, chunks, duplicate keys. Items are their own bytes, so that any of them can be swapped for garbage.
 */
export type Cbor = Uint8Array;

/** How long a head to write: the shortest that fits, or a longer one on purpose. */
export type HeadWidth = 'shortest' | 1 | 2 | 4 | 8;

const ADDITIONAL_INFO = { 1: 24, 2: 25, 4: 26, 8: 27 } as const;
const BREAK = Uint8Array.of(0xff);

/** Bytes from hex. */
export function hex(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value, 'hex'));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function head(majorType: number, value: bigint, width: HeadWidth = 'shortest'): Cbor {
  if (width === 'shortest') {
    if (value < 24n) return Uint8Array.of((majorType << 5) | Number(value));
    return head(majorType, value, value < 256n ? 1 : value < 65_536n ? 2 : value < 2n ** 32n ? 4 : 8);
  }
  const argument = Uint8Array.from({ length: width }, (_, at) =>
    Number((value >> BigInt(8 * (width - 1 - at))) & 255n),
  );
  return concat(Uint8Array.of((majorType << 5) | ADDITIONAL_INFO[width]), argument);
}

export function int(value: bigint | number, width?: HeadWidth): Cbor {
  const exact = BigInt(value);
  return exact < 0n ? head(1, -1n - exact, width) : head(0, exact, width);
}

export function bytes(value: Uint8Array, width?: HeadWidth): Cbor {
  return concat(head(2, BigInt(value.length), width), value);
}

export function chunked(chunks: readonly Uint8Array[]): Cbor {
  return concat(Uint8Array.of(0x5f), ...chunks.map((chunk) => bytes(chunk)), BREAK);
}

export function text(value: string): Cbor {
  const encoded = new TextEncoder().encode(value);
  return concat(head(3, BigInt(encoded.length)), encoded);
}

export type Length = 'definite' | 'indefinite';

export function array(items: readonly Cbor[], length: Length = 'definite'): Cbor {
  if (length === 'indefinite') return concat(Uint8Array.of(0x9f), ...items, BREAK);
  return concat(head(4, BigInt(items.length)), ...items);
}

export function map(entries: readonly (readonly [Cbor, Cbor])[], length: Length = 'definite'): Cbor {
  if (length === 'indefinite') return concat(Uint8Array.of(0xbf), ...entries.flat(), BREAK);
  return concat(head(5, BigInt(entries.length)), ...entries.flat());
}

export function tag(number: number, content: Cbor): Cbor {
  return concat(head(6, BigInt(number)), content);
}

/** A set as Conway writes it. */
export function set(items: readonly Cbor[], length?: Length): Cbor {
  return tag(258, array(items, length));
}

export const NULL: Cbor = Uint8Array.of(0xf6);
export const TRUE: Cbor = Uint8Array.of(0xf5);
export const FALSE: Cbor = Uint8Array.of(0xf4);
