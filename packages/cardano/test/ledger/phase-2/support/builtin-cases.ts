import type { Term } from '../../../support/flat.js';
import { call, t } from '../../../support/terms.js';

/** A call of a builtin. */
export type BuiltinCase = {
  readonly name: string;
  readonly number: number;
  readonly term: Term;
  /** A term that is true when the builtin does what it should. */
  readonly isTrue?: Term;
};

const { bytes, integer, data, string, unit, boolean, integers } = t;
const HUGE = 2n ** 200n;

const same = (a: Term, b: Term) => call(7, 0, a, b);
const sameBytes = (a: Term, b: Term) => call(15, 0, a, b);
const sameData = (a: Term, b: Term) => call(47, 0, a, b);

function valued(
  name: string,
  number: number,
  forces: number,
  args: readonly Term[],
  expected?: Term,
): BuiltinCase {
  const term = call(number, forces, ...args);
  if (expected?.kind !== 'constant') return { name, number, term };
  const { type } = expected.constant;
  const equal =
    type === 'integer' ? same : type === 'bytes' ? sameBytes : type === 'data' ? sameData : undefined;
  if (type === 'boolean')
    return {
      name,
      number,
      term,
      isTrue: expected.constant.value ? term : call(26, 1, term, boolean(false), boolean(true)),
    };
  return equal === undefined ? { name, number, term } : { name, number, term, isTrue: equal(term, expected) };
}

const MAP = 'a2410102420304182a';
const NESTED = 'd8799f0141029f4103ffff';
const LIST = call(44, 0, data('9f0102034104ff'));
const PAIRS = call(43, 0, data(MAP));
const NIL = call(49, 0, unit);
const KEY = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const G1 = call(60, 0, bytes('00'), bytes('01'));
const G2 = call(67, 0, bytes('00'), bytes('01'));
const ML = call(68, 0, G1, G2);
const ML_TWICE = call(68, 0, call(54, 0, G1, G1), G2);
const VALUE = call(99, 0, data('a24101a141020a4103a24104144105181e'));
const NO_G1: Term = { kind: 'constant', constant: { type: 'empty list of G1' } };
const NO_G2: Term = { kind: 'constant', constant: { type: 'empty list of G2' } };
const ARRAY = call(90, 1, integers(5, 6, 7));
const ED_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const ED_SIGNATURE =
  'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';

export const BUILTIN_CASES: readonly BuiltinCase[] = [
  valued('addInteger', 0, 0, [integer(HUGE), integer(-3)], integer(HUGE - 3n)),
  valued('subtractInteger', 1, 0, [integer(1), integer(HUGE)], integer(1n - HUGE)),
  valued('multiplyInteger', 2, 0, [integer(HUGE), integer(HUGE)], integer(HUGE * HUGE)),
  valued('divideInteger', 3, 0, [integer(-7), integer(2)], integer(-4)),
  valued('divideInteger of much by little', 3, 0, [integer(HUGE), integer(3)], integer(HUGE / 3n)),
  valued('divideInteger of little by much', 3, 0, [integer(-3), integer(HUGE)], integer(-1)),
  valued('quotientInteger', 4, 0, [integer(-7), integer(2)], integer(-3)),
  valued('quotientInteger of much by little', 4, 0, [integer(HUGE), integer(3)], integer(HUGE / 3n)),
  valued('quotientInteger of little by much', 4, 0, [integer(3), integer(HUGE)], integer(0)),
  valued('remainderInteger', 5, 0, [integer(-7), integer(2)], integer(-1)),
  valued('remainderInteger of little by much', 5, 0, [integer(3), integer(HUGE)], integer(3)),
  valued('modInteger', 6, 0, [integer(-7), integer(2)], integer(1)),
  valued('modInteger of little by much', 6, 0, [integer(-3), integer(HUGE)], integer(HUGE - 3n)),
  valued('equalsInteger', 7, 0, [integer(HUGE), integer(HUGE)], boolean(true)),
  valued('lessThanInteger', 8, 0, [integer(-1), integer(0)], boolean(true)),
  valued('lessThanEqualsInteger', 9, 0, [integer(1), integer(0)], boolean(false)),
  valued('appendByteString', 10, 0, [bytes('0102030405'), bytes('06070809')], bytes('010203040506070809')),
  valued('consByteString', 11, 0, [integer(255), bytes('01')], bytes('ff01')),
  valued('sliceByteString', 12, 0, [integer(1), integer(2), bytes('01020304')], bytes('0203')),
  valued('sliceByteString from before', 12, 0, [integer(-9), integer(99), bytes('0102')], bytes('0102')),
  valued('lengthOfByteString', 13, 0, [bytes('010203')], integer(3)),
  valued('indexByteString', 14, 0, [bytes('010203'), integer(2)], integer(3)),
  valued('equalsByteString', 15, 0, [bytes('01'.repeat(32)), bytes('01'.repeat(32))], boolean(true)),
  valued('equalsByteString of other lengths', 15, 0, [bytes('01'.repeat(32)), bytes('')], boolean(false)),
  valued('lessThanByteString', 16, 0, [bytes('01'), bytes('0100')], boolean(true)),
  valued('lessThanEqualsByteString', 17, 0, [bytes('02'), bytes('0100')], boolean(false)),
  valued(
    'sha2_256',
    18,
    0,
    [bytes('')],
    bytes('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
  ),
  valued(
    'sha3_256',
    19,
    0,
    [bytes('')],
    bytes('a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a'),
  ),
  valued(
    'blake2b_256',
    20,
    0,
    [bytes('')],
    bytes('0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8'),
  ),
  valued('verifyEd25519Signature', 21, 0, [bytes(ED_KEY), bytes(''), bytes(ED_SIGNATURE)], boolean(true)),
  valued(
    'verifyEd25519Signature of another',
    21,
    0,
    [bytes(ED_KEY), bytes('00'), bytes(ED_SIGNATURE)],
    boolean(false),
  ),
  valued('appendString', 22, 0, [string('äöü'), string('€€')]),
  valued('equalsString', 23, 0, [string('äöüäöü'), string('äöüäöü')], boolean(true)),
  valued('encodeUtf8', 24, 0, [string('ä€')], bytes('c3a4e282ac')),
  valued('decodeUtf8', 25, 0, [bytes('c3a4f09f9880')]),
  valued('ifThenElse', 26, 1, [boolean(true), integer(1), integer(2)], integer(1)),
  valued('chooseUnit', 27, 1, [unit, integer(1)], integer(1)),
  valued('trace', 28, 1, [string('hello'), integer(1)], integer(1)),
  valued('fstPair', 29, 2, [call(42, 0, data(NESTED))], integer(0)),
  valued('sndPair', 30, 2, [call(48, 0, data('01'), data('02'))], data('02')),
  valued('chooseList', 31, 2, [LIST, integer(1), integer(2)], integer(2)),
  valued('mkCons', 32, 1, [data('05'), LIST]),
  valued('headList', 33, 1, [LIST], data('01')),
  valued('tailList', 34, 1, [LIST]),
  valued('nullList', 35, 1, [NIL], boolean(true)),
  valued(
    'chooseData',
    36,
    1,
    [data('4101'), integer(0), integer(1), integer(2), integer(3), integer(4)],
    integer(4),
  ),
  valued('constrData', 37, 0, [integer(8), LIST], data('d905019f0102034104ff')),
  valued('mapData', 38, 0, [PAIRS], data(MAP)),
  valued('listData', 39, 0, [call(32, 1, data('05'), LIST)], data('9f050102034104ff')),
  valued('iData', 40, 0, [integer(-1)], data('20')),
  valued('bData', 41, 0, [bytes('0102')], data('420102')),
  valued('unConstrData', 42, 0, [data(NESTED)]),
  valued('unMapData', 43, 0, [data(MAP)]),
  valued('unListData', 44, 0, [data('9f0102ff')]),
  valued('unIData', 45, 0, [data('1903e8')], integer(1000)),
  valued('unBData', 46, 0, [data('420102')], bytes('0102')),
  valued('equalsData', 47, 0, [data(NESTED), data(NESTED)], boolean(true)),
  valued('equalsData of others', 47, 0, [data(NESTED), data(MAP)], boolean(false)),
  valued('mkPairData', 48, 0, [data('01'), data('02')]),
  valued('mkNilData', 49, 0, [unit]),
  valued('mkNilPairData', 50, 0, [unit]),
  valued('serialiseData', 51, 0, [data(NESTED)], bytes(NESTED)),
  valued('serialiseData of a map', 51, 0, [data(MAP)], bytes(MAP)),
  valued(
    'verifyEcdsaSecp256k1Signature',
    52,
    0,
    [bytes(`02${KEY}`), bytes('00'.repeat(32)), bytes(`${'00'.repeat(31)}01${'00'.repeat(31)}01`)],
    boolean(false),
  ),
  valued(
    'verifySchnorrSecp256k1Signature',
    53,
    0,
    [bytes(KEY), bytes('00'), bytes('01'.repeat(64))],
    boolean(false),
  ),
  valued('bls12_381_G1_add', 54, 0, [G1, G1]),
  valued('bls12_381_G1_neg', 55, 0, [G1]),
  valued('bls12_381_G1_scalarMul', 56, 0, [integer(HUGE), G1]),
  valued('bls12_381_G1_equal', 57, 0, [call(54, 0, G1, G1), call(56, 0, integer(2), G1)], boolean(true)),
  valued('bls12_381_G1_compress', 58, 0, [call(54, 0, G1, call(55, 0, G1))], bytes(`c0${'00'.repeat(47)}`)),
  valued('bls12_381_G1_uncompress', 59, 0, [call(58, 0, G1)]),
  valued('bls12_381_G1_hashToGroup', 60, 0, [bytes('0102'), bytes('03')]),
  valued('bls12_381_G2_add', 61, 0, [G2, G2]),
  valued('bls12_381_G2_neg', 62, 0, [G2]),
  valued('bls12_381_G2_scalarMul', 63, 0, [integer(-5), G2]),
  valued('bls12_381_G2_equal', 64, 0, [call(61, 0, G2, G2), call(63, 0, integer(2), G2)], boolean(true)),
  valued('bls12_381_G2_compress', 65, 0, [call(63, 0, integer(0), G2)], bytes(`c0${'00'.repeat(95)}`)),
  valued('bls12_381_G2_uncompress', 66, 0, [call(65, 0, G2)]),
  valued('bls12_381_G2_hashToGroup', 67, 0, [bytes('0102'), bytes('03')]),
  valued('bls12_381_millerLoop', 68, 0, [G1, G2]),
  valued('bls12_381_mulMlResult', 69, 0, [ML, ML]),
  valued('bls12_381_finalVerify', 70, 0, [call(69, 0, ML, ML), ML_TWICE], boolean(true)),
  valued('bls12_381_finalVerify of others', 70, 0, [ML, ML_TWICE], boolean(false)),
  valued(
    'keccak_256',
    71,
    0,
    [bytes('')],
    bytes('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'),
  ),
  valued(
    'blake2b_224',
    72,
    0,
    [bytes('')],
    bytes('836cc68931c2e4e3e838602eca1902591d216837bafddfe6f0c8cb07'),
  ),
  valued('integerToByteString', 73, 0, [boolean(true), integer(4), integer(258)], bytes('00000102')),
  valued(
    'integerToByteString, little end first',
    73,
    0,
    [boolean(false), integer(0), integer(258)],
    bytes('0201'),
  ),
  valued('byteStringToInteger', 74, 0, [boolean(true), bytes('0102')], integer(258)),
  valued('byteStringToInteger, little end first', 74, 0, [boolean(false), bytes('0102')], integer(513)),
  valued('andByteString', 75, 0, [boolean(false), bytes('0ff0'), bytes('3c')], bytes('0c')),
  valued('andByteString, padded', 75, 0, [boolean(true), bytes('0ff0'), bytes('3c')], bytes('0cf0')),
  valued('orByteString', 76, 0, [boolean(true), bytes('0ff0'), bytes('3c')], bytes('3ff0')),
  valued('xorByteString', 77, 0, [boolean(false), bytes('0ff0'), bytes('3cff')], bytes('330f')),
  valued('complementByteString', 78, 0, [bytes('0ff0')], bytes('f00f')),
  valued('readBit', 79, 0, [bytes('0004'), integer(2)], boolean(true)),
  valued('writeBits', 80, 0, [bytes('0000'), integers(0, 8, 15), boolean(true)], bytes('8101')),
  valued('replicateByte', 81, 0, [integer(9), integer(7)], bytes('07'.repeat(9))),
  valued('shiftByteString', 82, 0, [bytes('01ff'), integer(4)], bytes('1ff0')),
  valued('shiftByteString back', 82, 0, [bytes('01ff'), integer(-4)], bytes('001f')),
  valued('rotateByteString', 83, 0, [bytes('01ff'), integer(-20)], bytes('f01f')),
  valued('countSetBits', 84, 0, [bytes('0ff1')], integer(9)),
  valued('findFirstSetBit', 85, 0, [bytes('0800')], integer(11)),
  valued('findFirstSetBit of none', 85, 0, [bytes('0000')], integer(-1)),
  valued('ripemd_160', 86, 0, [bytes('')], bytes('9c1185a5c5e9fc54612808977ee8f548b2258d31')),
  valued(
    'expModInteger',
    87,
    0,
    [integer(HUGE), integer(65537), integer(1_000_003)],
    integer(powerOf(HUGE, 65537n, 1_000_003n)),
  ),
  valued('expModInteger of an inverse', 87, 0, [integer(3), integer(-1), integer(7)], integer(5)),
  valued('dropList', 88, 1, [integer(2), LIST]),
  valued('dropList of nothing', 88, 1, [integer(-2), LIST]),
  valued('lengthOfArray', 89, 1, [ARRAY], integer(3)),
  valued('listToArray', 90, 1, [LIST]),
  valued('indexArray', 91, 1, [ARRAY, integer(2)], integer(7)),
  {
    name: 'bls12_381_G1_multiScalarMul',
    number: 92,
    term: call(92, 0, integers(2, 3, 9), call(32, 1, G1, call(32, 1, G1, NO_G1))),
    isTrue: call(
      57,
      0,
      call(92, 0, integers(2, 3, 9), call(32, 1, G1, call(32, 1, G1, NO_G1))),
      call(56, 0, integer(5), G1),
    ),
  },
  {
    name: 'bls12_381_G2_multiScalarMul',
    number: 93,
    term: call(93, 0, integers(-1), call(32, 1, G2, NO_G2)),
    isTrue: call(64, 0, call(93, 0, integers(-1), call(32, 1, G2, NO_G2)), call(62, 0, G2)),
  },
  valued('insertCoin', 94, 0, [bytes('01'), bytes('02'), integer(5), VALUE]),
  valued('insertCoin of none', 94, 0, [bytes('01'), bytes('02'), integer(0), VALUE]),
  valued('lookupCoin', 95, 0, [bytes('03'), bytes('05'), VALUE], integer(30)),
  valued('lookupCoin of none', 95, 0, [bytes('04'), bytes('05'), VALUE], integer(0)),
  valued('unionValue', 96, 0, [VALUE, VALUE]),
  valued('valueContains', 97, 0, [VALUE, VALUE], boolean(true)),
  valued('valueData', 98, 0, [call(96, 0, VALUE, VALUE)], data('a24101a14102144103a2410418284105183c')),
  valued('unValueData', 99, 0, [data('a24101a141020a4103a24104144105181e')]),
  valued('scaleValue', 100, 0, [integer(2), VALUE]),
];

function powerOf(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let count = 0n; count < exponent; count += 1n) result = (result * base) % modulus;
  return result;
}
