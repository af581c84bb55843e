import { cpuMsOf } from '@x402-facilitator/cardano/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkSchema, isObject } from '../../src/discovery/check-schema.js';

const NAMES = ['a', 'b', 'c'] as const;
const name = fc.constantFrom(...NAMES);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, 1, 2.5, -3, '', 'a', 'ab', 'é', '💡'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const types = fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object');
const count = fc.nat({ max: 3 });

/** Every keyword that is followed. */
const schema = fc.letrec((tie) => {
  const nested = tie('schema');
  // Ajv passes an empty array where `contains` is false or stands beside `prefixItems`: the standard refuses it.
  const contained = nested.filter((each) => each !== false);
  const many = fc.array(nested, { minLength: 1, maxLength: 3 });
  const named = fc.dictionary(name, nested, { maxKeys: 3, noNullPrototype: true });
  return {
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.boolean(),
      fc.record({ type: fc.oneof(types, fc.uniqueArray(types, { minLength: 1, maxLength: 2 })) }),
      fc.record({ const: value }),
      fc.record({ enum: fc.array(value, { minLength: 1, maxLength: 3 }) }),
      fc.record({ minLength: count, maxLength: count }, { requiredKeys: [] }),
      fc.record({ pattern: fc.constantFrom('^a', 'b$', '^.$') }),
      fc.record(
        {
          minimum: count,
          maximum: count,
          exclusiveMinimum: count,
          exclusiveMaximum: count,
          multipleOf: fc.constantFrom(1, 0.5, 2),
        },
        { requiredKeys: [] },
      ),
      fc.record(
        {
          properties: named,
          required: fc.uniqueArray(name),
          additionalProperties: nested,
          patternProperties: fc.dictionary(fc.constantFrom('^a', 'b|c'), nested, {
            maxKeys: 2,
            noNullPrototype: true,
          }),
          propertyNames: nested,
          minProperties: count,
          maxProperties: count,
          dependentRequired: fc.dictionary(name, fc.uniqueArray(name), { maxKeys: 2, noNullPrototype: true }),
          dependentSchemas: named,
        },
        { requiredKeys: [] },
      ),
      fc.record(
        {
          items: nested,
          prefixItems: many,
          minItems: count,
          maxItems: count,
          uniqueItems: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      fc.record({ contains: contained, minContains: count, maxContains: count }),
      fc.record({ allOf: many, anyOf: many, oneOf: many, not: nested }, { requiredKeys: [] }),
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      fc.record({ if: nested, then: nested, else: nested }, { requiredKeys: ['if'] }),
      fc.constant({ $ref: '#/$defs/one' }),
    ),
  };
}).schema;

test('says of any schema and value what Ajv says', () => {
  const ajv = new Ajv2020({ strict: false, logger: false });
  fc.assert(
    fc.property(schema, schema, value, (own, one, found) => {
      const given: unknown = JSON.parse(JSON.stringify(found));
      const whole = { $defs: { one: JSON.stringify(one).includes('$ref') ? true : one }, allOf: [own] };
      const ours = checkSchema(whole, given);
      const isFollowed = ours.ok || ours.error.kind === 'mismatch';
      fc.pre(isFollowed);
      let theirs: boolean | undefined;
      try {
        theirs = ajv.validate(whole, given);
      } catch {
        // Of some schemas it makes code that does not run.
      }
      fc.pre(theirs !== undefined);
      expect(ours.ok).toBe(theirs);
    }),
    { numRuns: 1_500 },
  );
});

test.each([
  [{ type: 'object', required: ['a'] }, {}, 'info.a', 'expected a value, found none'],
  [
    { properties: { a: { properties: { b: { type: 'integer' } } } } },
    { a: { b: '1' } },
    'info.a.b',
    'expected integer, found string',
  ],
  [{ items: { enum: ['x', 'y'] } }, ['x', 'z'], 'info.1', 'expected one of x, y, found z'],
  [{ additionalProperties: false }, { b: 1 }, 'info.b', 'expected nothing here'],
  [{ maxLength: 2 }, 'abc', 'info', 'expected at most 2 characters, found 3'],
])('names the place in %j', (given, found, path, message) => {
  expect(checkSchema(given, found)).toEqual({ ok: false, error: { kind: 'mismatch', path, message } });
});

test.each(['$dynamicRef', 'unevaluatedProperties', '$anchor'])('does not guess what %s means', (keyword) => {
  const checked = checkSchema({ properties: { a: { [keyword]: 'x' } } }, { a: 1 });
  expect(checked).toMatchObject({
    ok: false,
    error: { kind: 'unsupported', message: expect.stringContaining(keyword) },
  });
});

test('a name of a prototype is a name like any other', () => {
  const found: unknown = JSON.parse('{"__proto__":1,"constructor":2}');
  expect(isObject(found)).toBe(true);
  expect(checkSchema({ additionalProperties: { type: 'number' } }, found).ok).toBe(true);
  expect(checkSchema({ required: ['toString'] }, {}).ok).toBe(false);
  expect(checkSchema({ $ref: '#/__proto__' }, {}).ok).toBe(false);
});

test('no schema costs more than its steps', () => {
  const wide = {
    anyOf: Array.from({ length: 500 }, () => ({ enum: Array.from({ length: 500 }, (_, n) => `x${n}`) })),
  };
  const texts = Array.from({ length: 500 }, () => 'y'.repeat(100));
  const cpuMs = cpuMsOf(() =>
    expect(checkSchema({ items: wide }, texts)).toMatchObject({ ok: false, error: { kind: 'too-complex' } }),
  );
  expect(cpuMs).toBeLessThan(1_000);
});
