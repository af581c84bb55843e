import fc from 'fast-check';
import * as cbor from './cbor-writer.js';

/** Any item that Cardano uses, in any encoding. */
export const { item: anyItem } = fc.letrec<{ item: cbor.Cbor }>((tie) => {
  const length = fc.constantFrom<cbor.Length>('definite', 'indefinite');
  const width = fc.constantFrom<cbor.HeadWidth>('shortest', 8);
  return {
    item: fc.oneof(
      { maxDepth: 4 },
      fc.tuple(fc.bigInt(-(2n ** 64n), 2n ** 64n - 1n), width).map(([value, head]) => cbor.int(value, head)),
      fc.tuple(fc.uint8Array({ maxLength: 80 }), width).map(([value, head]) => cbor.bytes(value, head)),
      fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 3 }).map(cbor.chunked),
      fc.string().map(cbor.text),
      fc.constantFrom(cbor.NULL, cbor.TRUE, cbor.FALSE),
      fc
        .tuple(fc.array(tie('item'), { maxLength: 3 }), length)
        .map(([items, kind]) => cbor.array(items, kind)),
      fc
        .tuple(fc.array(fc.tuple(tie('item'), tie('item')), { maxLength: 3 }), length)
        .map(([entries, kind]) => cbor.map(entries, kind)),
      fc.tuple(fc.nat(1400), tie('item')).map(([number, content]) => cbor.tag(number, content)),
    ),
  };
});
