import { fromHex, toHex } from '@x402-facilitator/cardano';
import fc from 'fast-check';
import lzString from 'lz-string';
import { describe, expect, test, vi } from 'vitest';
import {
  CANONICAL_ESCROW,
  decodeIdentifier,
  type EscrowDatum,
  encodeIdentifier,
  encodePlutusData,
  escrowAddress,
  escrowDatumData,
  type MasumiIdentifier,
  type PlutusData,
  plutusConstructor,
  readEscrowDatum,
  readPlutusData,
} from '../../../../support/internals.js';
import { unwrap } from '../../../../support/unwrap.js';

/** The test vectors of the scheme ("Identity and compatibility identifier", "Escrow datum"). */
const CONTRACT = 'addr_test1wzs4e6wc95hkwezlccjw9mdvq0r0rsgx6zk34avptga3ftgn37w4g';

const UNREGISTERED: MasumiIdentifier = {
  sellerNonce: '11'.repeat(32),
  agentIdentifier: '',
  buyerNonce: '',
  referenceSignature: '55'.repeat(16),
  referenceKey: 'a10101',
  contractAddress: CONTRACT,
};

const REGISTERED: MasumiIdentifier = {
  sellerNonce: '22'.repeat(32),
  agentIdentifier: `${'aa'.repeat(28)}01`,
  buyerNonce: '01020304050607',
  referenceSignature: '66'.repeat(16),
  referenceKey: 'a10102',
  contractAddress: CONTRACT,
};

const DATUM: EscrowDatum = {
  buyer: { payment: { kind: 'key', hash: '11'.repeat(28) }, stake: undefined },
  buyer_return_address: undefined,
  seller: { payment: { kind: 'key', hash: '22'.repeat(28) }, stake: undefined },
  seller_return_address: undefined,
  reference_key: 'a10101',
  reference_signature: '55'.repeat(16),
  seller_nonce: '33'.repeat(32),
  buyer_nonce: '',
  agent_identifier: '',
  collateral_return_lovelace: 1_435_230n,
  input_hash: '44'.repeat(32),
  result_hash: '',
  pay_by_time: 1_785_756_000_000n,
  submit_result_time: 1_785_759_600_000n,
  unlock_time: 1_785_763_200_000n,
  external_dispute_unlock_time: 1_785_766_800_000n,
  seller_cooldown_time: 0n,
  buyer_cooldown_time: 0n,
  state: 0n,
};

const DATUM_CBOR = [
  'd8799fd8799fd8799f581c11111111111111111111111111111111111111111111111111111111ffd87a80ffd87a80d8799f',
  'd8799f581c22222222222222222222222222222222222222222222222222222222ffd87a80ffd87a8043a101015055555555',
  '5555555555555555555555555820333333333333333333333333333333333333333333333333333333333333333340401a00',
  '15e65e58204444444444444444444444444444444444444444444444444444444444444444401b0000019fc75a1f001b0000',
  '019fc7910d801b0000019fc7c7fc001b0000019fc7feea800000d87980ff',
].join('');

/** No field of the datum is a list. */
const FIELDS = Array.from({ length: 19 }, (_, at): readonly [number, PlutusData] => [
  at,
  { kind: 'list', items: [] },
]);

function bytes(hex: string): Uint8Array {
  const found = fromHex(hex);
  if (found === undefined) throw new Error(`${hex} is not hex`);
  return found;
}

describe.each([
  {
    name: 'an unregistered seller with an empty buyer nonce',
    parts: UNREGISTERED,
    encoded: [
      '230d7c6574f41d1c0acc96ade8eae04360019f607004d8809c07d005c053019cae007700bce8058680d89818c04e44002c03',
      '5931a2c00daf5e00ac9bf00b6c401b80473c6535d00e6003cb8b110199db615001ca8eecc6019b58076c603b13763a80',
    ].join(''),
    text: `${'1'.repeat(64)}..${'5'.repeat(32)}.a10101.${CONTRACT}`,
  },
  {
    name: 'a registered seller',
    parts: REGISTERED,
    encoded: [
      '130d7c6574f4218314e4b56f46e00602300e972d82c0662c0162c0562c0362c0763d6975b7d8f3b6f3874381e004d0402700',
      'fa005c0298067093803b802f19e4a6d05018c02715001601ac154a5006d36680560bb405b4100dc0239611ae64073001eb49',
      '4192e4700e000e121e70240066610076240c0ae41e400000',
    ].join(''),
    text: `${'2'.repeat(64)}${'a'.repeat(56)}01.01020304050607.${'6'.repeat(32)}.a10102.${CONTRACT}`,
  },
])('the identifier of $name', ({ parts, encoded, text }) => {
  test('is the one of the scheme', () => expect(encodeIdentifier(parts)).toBe(encoded));

  test('unfolds into the text of the scheme', () => {
    expect(lzString.decompressFromUint8Array(bytes(encoded))).toBe(text);
  });

  test('comes apart into what it was made of', () => expect(decodeIdentifier(encoded)).toEqual(parts));
});

test('an identifier that unfolds into a bomb is bounded by its size before it is read', () => {
  const bomb = toHex(lzString.compressToUint8Array('0'.repeat(500_000)));
  expect(bomb.length / 2).toBeLessThan(2048);
  expect(decodeIdentifier(bomb)).toBeUndefined();
  const cannotBeRead = vi.spyOn(lzString, 'decompressFromUint8Array');
  expect(decodeIdentifier(bomb.repeat(2).padEnd(2 * 2049, '0'))).toBeUndefined();
  expect(cannotBeRead).not.toHaveBeenCalled();
});

test('reading any bytes as an identifier never throws', () => {
  const anyBytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(anyBytes, (found) => void decodeIdentifier(toHex(found))),
    { numRuns: 500 },
  );
});

test.each(['', 'zz', '00', 'ffff', toHex(lzString.compressToUint8Array('one.two')), 'ab'.repeat(2000)])(
  'anything but an identifier is not read: %j',
  (text) => expect(decodeIdentifier(text)).toBeUndefined(),
);

describe('the datum of the scheme', () => {
  test('is written byte for byte', () => {
    expect(toHex(encodePlutusData(escrowDatumData(DATUM)))).toBe(DATUM_CBOR);
  });

  test('is read field by field', () =>
    expect(readEscrowDatum(bytes(DATUM_CBOR))).toEqual({ ok: true, value: DATUM }));

  test('stays the same tree when it is decoded and encoded again', () => {
    const limits = { maxBytes: 4096, maxDepth: 32 };
    const tree = unwrap(readPlutusData(bytes(DATUM_CBOR), limits));
    expect(toHex(encodePlutusData(tree))).toBe(DATUM_CBOR);
  });

  test('has the stake credentials of base addresses', () => {
    const base = { ...DATUM.buyer, stake: { kind: 'key', hash: '77'.repeat(28) } } as const;
    const datum = { ...DATUM, buyer: base, seller_return_address: base };
    const encoded = encodePlutusData(escrowDatumData(datum));
    expect(readEscrowDatum(encoded)).toEqual({ ok: true, value: datum });
    expect(toHex(encoded)).toContain(`d8799fd8799fd8799f581c${'77'.repeat(28)}ffffff`);
  });

  test.each(FIELDS)('is another one when field %i is of another type', (at, data) => {
    const tree = escrowDatumData(DATUM);
    if (tree.kind !== 'constructor') throw new Error('expected a constructor');
    const fields = tree.fields.map((field, index) => (index === at ? data : field));
    expect(readEscrowDatum(encodePlutusData(plutusConstructor(0, ...fields)))).toEqual({
      ok: false,
      error: expect.any(String),
    });
  });
});

test('the canonical escrow has the addresses that are known of it', () => {
  expect(escrowAddress(CANONICAL_ESCROW, 'cardano:preprod')).toBe(CONTRACT);
  expect(escrowAddress(CANONICAL_ESCROW, 'cardano:mainnet')).toBe(
    'addr1wxs4e6wc95hkwezlccjw9mdvq0r0rsgx6zk34avptga3ftgge2j6d',
  );
});
