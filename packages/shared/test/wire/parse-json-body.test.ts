import { parseJsonBody } from '@x402-facilitator/shared/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const parse = (text: string) => parseJsonBody(new TextEncoder().encode(text));

describe('a body is refused with its place and the reason', () => {
  test.each([
    ['nothing at all', '', 'body: expected a JSON object, found nothing'],
    ['white space', ' \n ', 'body: expected a JSON object, found nothing'],
    ['no JSON', '{"a":', 'body: expected JSON, found a syntax error'],
    ['a key that touches prototypes', '{"a":{"__proto__":1}}', 'a: the key __proto__ is not allowed'],
    [
      'a number beyond 64 bits',
      '{"a":[1,1e999]}',
      'a[1]: expected a number that fits 64-bit floating point, found a larger one',
    ],
    [
      'half of a surrogate pair',
      '{"a":"\\ud800"}',
      'a: expected Unicode text, found half of a surrogate pair',
    ],
    ['such a key', '{"a":{"\\ud800":1}}', 'a: expected Unicode keys, found half of a surrogate pair'],
  ])('%s', (_situation, text, problem) => {
    expect(parse(text)).toEqual({ ok: false, error: problem });
  });

  test('bytes that are not UTF-8', () => {
    expect(parseJsonBody(Uint8Array.of(0x22, 0xff, 0xfe, 0x22))).toEqual({
      ok: false,
      error: 'body: expected UTF-8, found other bytes',
    });
  });

  test('nesting of a hundred thousand levels, without overflowing anything', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const text = open.repeat(100_000) + (open === '[' ? '' : '1') + close.repeat(100_000);
      expect(parse(text)).toEqual({
        ok: false,
        error: 'body: expected at most 64 levels of nesting, found more',
      });
    }
  });

  test('the JSON parser’s message, which quotes the body, is not repeated', () => {
    expect(JSON.stringify(parse('{"transaction":"secretbytes" oops}'))).not.toContain('secretbytes');
  });
});

test('any ordinary JSON value parses to itself', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      fc.pre(!text.includes('__proto__'));
      expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
    }),
  );
});

test('any bytes are parsed or refused, and never cause a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect([true, false]).toContain(parseJsonBody(bytes).ok);
    }),
  );
});
