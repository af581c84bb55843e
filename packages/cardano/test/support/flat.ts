import fc from 'fast-check';

/** An untyped Plutus Core term, as far as its flat encoding goes. */
export type Term =
  | { readonly kind: 'variable'; readonly index: bigint }
  | { readonly kind: 'delay' | 'lambda' | 'force'; readonly body: Term }
  | { readonly kind: 'apply'; readonly left: Term; readonly right: Term }
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'error' }
  | { readonly kind: 'builtin'; readonly number: number }
  | { readonly kind: 'constructor'; readonly index: bigint; readonly fields: readonly Term[] }
  | { readonly kind: 'case'; readonly scrutinee: Term; readonly branches: readonly Term[] };

export type Constant =
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'bytes' | 'string' | 'data'; readonly value: Uint8Array }
  | { readonly type: 'unit' | 'empty list of G1' | 'empty list of G2' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'list of bytes'; readonly items: readonly Uint8Array[] }
  | { readonly type: 'list of integers'; readonly items: readonly bigint[] }
  | { readonly type: 'pair'; readonly first: bigint; readonly second: Uint8Array };

const TAGS = {
  variable: '0000',
  delay: '0001',
  lambda: '0010',
  apply: '0011',
  constant: '0100',
  force: '0101',
  error: '0110',
  builtin: '0111',
  constructor: '1000',
  case: '1001',
} as const;

/** Tags of constant types; 7 applies a type to another. */
const TYPES = {
  integer: [0],
  bytes: [1],
  string: [2],
  unit: [3],
  boolean: [4],
  data: [8],
  'list of bytes': [7, 5, 1],
  'list of integers': [7, 5, 0],
  'empty list of G1': [7, 5, 9],
  'empty list of G2': [7, 5, 10],
  pair: [7, 7, 6, 0, 1],
} as const;

/** Bits as text: slow, and plain to see through. */
class Bits {
  text = '';

  fill(): void {
    this.text += `${'0'.repeat(7 - (this.text.length % 8))}1`;
  }

  natural(value: bigint): void {
    const rest = value >> 7n;
    this.text += `${rest > 0n ? '1' : '0'}${(value & 0x7fn).toString(2).padStart(7, '0')}`;
    if (rest > 0n) this.natural(rest);
  }

  bytes(value: Uint8Array): void {
    this.fill();
    for (let at = 0; at < value.length; at += 255) {
      const chunk = value.subarray(at, at + 255);
      for (const byte of [chunk.length, ...chunk]) this.text += byte.toString(2).padStart(8, '0');
    }
    this.text += '00000000';
  }
}

function putInteger(bits: Bits, value: bigint): void {
  bits.natural(value < 0n ? -2n * value - 1n : 2n * value);
}

function putConstant(bits: Bits, constant: Constant): void {
  for (const tag of TYPES[constant.type]) bits.text += `1${tag.toString(2).padStart(4, '0')}`;
  bits.text += '0';
  switch (constant.type) {
    case 'integer':
      putInteger(bits, constant.value);
      break;
    case 'bytes':
    case 'string':
    case 'data':
      bits.bytes(constant.value);
      break;
    case 'boolean':
      bits.text += constant.value ? '1' : '0';
      break;
    case 'list of bytes':
      for (const item of constant.items) {
        bits.text += '1';
        bits.bytes(item);
      }
      bits.text += '0';
      break;
    case 'list of integers':
      for (const item of constant.items) {
        bits.text += '1';
        putInteger(bits, item);
      }
      bits.text += '0';
      break;
    case 'pair':
      bits.natural(2n * constant.first);
      bits.bytes(constant.second);
      break;
    case 'empty list of G1':
    case 'empty list of G2':
      bits.text += '0';
      break;
    case 'unit':
      break;
  }
}

function putAll(bits: Bits, terms: readonly Term[]): void {
  for (const term of terms) {
    bits.text += '1';
    put(bits, term);
  }
  bits.text += '0';
}

function put(bits: Bits, term: Term): void {
  bits.text += TAGS[term.kind];
  switch (term.kind) {
    case 'variable':
      bits.natural(term.index);
      break;
    case 'delay':
    case 'lambda':
    case 'force':
      put(bits, term.body);
      break;
    case 'apply':
      put(bits, term.left);
      put(bits, term.right);
      break;
    case 'constant':
      putConstant(bits, term.constant);
      break;
    case 'builtin':
      bits.text += term.number.toString(2).padStart(7, '0');
      break;
    case 'constructor':
      bits.natural(term.index);
      putAll(bits, term.fields);
      break;
    case 'case':
      put(bits, term.scrutinee);
      putAll(bits, term.branches);
      break;
    case 'error':
      break;
  }
}

/** The flat encoding of a program, of version 1.1.0 unless said otherwise. */
export function flatProgram(term: Term, version: readonly bigint[] = [1n, 1n, 0n]): Uint8Array {
  const bits = new Bits();
  for (const number of version) bits.natural(number);
  put(bits, term);
  bits.fill();
  return Uint8Array.from(bits.text.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** No maps: Lucid writes those inside a program again, in an encoding of its own. */
const SMALL_DATA = ['00', '182a', '40', '43010203', '9f0102ff', 'd87980', 'd8799f182aff'];
const bytes = fc.uint8Array({ maxLength: 300 });

const constant: fc.Arbitrary<Constant> = fc.oneof(
  fc.record({
    type: fc.constant('integer' as const),
    value: fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
  }),
  fc.record({ type: fc.constant('bytes' as const), value: bytes }),
  fc.record({
    type: fc.constant('string' as const),
    value: fc.string({ maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
  }),
  fc.record({
    type: fc.constant('data' as const),
    value: fc.constantFrom(...SMALL_DATA).map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))),
  }),
  fc.constant({ type: 'unit' as const }),
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('list of bytes' as const), items: fc.array(bytes, { maxLength: 3 }) }),
  fc.record({
    type: fc.constant('pair' as const),
    first: fc.bigInt({ min: 0n, max: 2n ** 70n }),
    second: bytes,
  }),
);

/** Any term at all, well scoped or not. @param builtins how many of them, from the first on. */
export const anyTerm = ({ builtins }: { readonly builtins: number }): fc.Arbitrary<Term> =>
  fc.letrec<{ term: Term }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.record({ kind: fc.constant('constant' as const), constant }),
      fc.record({ kind: fc.constant('variable' as const), index: fc.bigInt({ min: 1n, max: 300n }) }),
      fc.constant({ kind: 'error' as const }),
      ...(builtins === 0
        ? []
        : [fc.record({ kind: fc.constant('builtin' as const), number: fc.nat({ max: builtins - 1 }) })]),
      fc.record({ kind: fc.constantFrom('delay' as const, 'lambda', 'force'), body: tie('term') }),
      fc.record({ kind: fc.constant('apply' as const), left: tie('term'), right: tie('term') }),
      fc.record({
        kind: fc.constant('constructor' as const),
        index: fc.bigInt({ min: 0n, max: 300n }),
        fields: fc.array(tie('term'), { maxLength: 3 }),
      }),
      fc.record({
        kind: fc.constant('case' as const),
        scrutinee: tie('term'),
        branches: fc.array(tie('term'), { maxLength: 3 }),
      }),
    ),
  })).term;
