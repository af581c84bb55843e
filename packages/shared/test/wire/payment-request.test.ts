import { createHash } from 'node:crypto';
import type { PaymentRequest } from '@x402-facilitator/cardano';
import { bindingOf, type PaymentRequestBody, paymentRequestSchema } from '@x402-facilitator/shared/wire';
import { describe, expect, expectTypeOf, test } from 'vitest';

const requirements = {
  scheme: 'exact',
  network: 'cardano:preview',
  asset: 'lovelace',
  amount: '2000000',
  payTo: 'addr_test1',
  maxTimeoutSeconds: 300,
  extra: { confirmationPolicy: { l1Confirmations: 1 } },
};

const body = {
  x402Version: 2,
  paymentPayload: {
    x402Version: 2,
    accepted: requirements,
    payload: { transaction: 'AAAA', nonce: `${'ab'.repeat(32)}#0` },
    resource: { url: 'https://shop.example/data', description: 'data' },
  },
  paymentRequirements: requirements,
};

const parse = (value: unknown): PaymentRequestBody => paymentRequestSchema.parse(value);

describe('the shape of a request', () => {
  test('is the one that the rules of the scheme read', () => {
    expectTypeOf<PaymentRequestBody>().toExtend<PaymentRequest>();
  });

  test('keeps unknown fields where they are', () => {
    const extended = { ...body, hint: 1, paymentRequirements: { ...requirements, outputSchema: {} } };
    expect(parse(extended)).toEqual(extended);
  });

  test('takes null for what may be missing, as the public schemas do', () => {
    const parsed = parse({
      ...body,
      paymentPayload: { ...body.paymentPayload, resource: null, extensions: null },
      paymentRequirements: { ...requirements, extra: null },
    });
    expect(parsed.paymentPayload.resource).toBeUndefined();
  });

  test.each([
    ['an amount that is a number', { paymentRequirements: { ...requirements, amount: 1 } }],
    ['a payload that is a list', { paymentPayload: { ...body.paymentPayload, payload: [] } }],
    ['a version that is text', { paymentPayload: { ...body.paymentPayload, x402Version: '2' } }],
    ['no requirements', { paymentRequirements: undefined }],
    ['a resource without a URL', { paymentPayload: { ...body.paymentPayload, resource: {} } }],
  ])('refuses %s', (_situation, change) => {
    expect(paymentRequestSchema.safeParse({ ...body, ...change }).success).toBe(false);
  });
});

describe('the binding', () => {
  const bound = bindingOf(parse(body));

  test('is a SHA-256 digest, the same however the keys are ordered', () => {
    const reordered = {
      ...body,
      paymentRequirements: Object.fromEntries(Object.entries(requirements).reverse()),
    };
    expect(bound).toMatch(/^[0-9a-f]{64}$/);
    expect(bindingOf(parse(reordered))).toBe(bound);
  });

  test('does not depend on anything of the payer’s except the resource', () => {
    const other = {
      ...body,
      paymentPayload: {
        ...body.paymentPayload,
        payload: { transaction: 'BBBB' },
        accepted: { scheme: 'exact', network: 'cardano:preview' },
        resource: { url: 'https://shop.example/data' },
      },
    };
    expect(bindingOf(parse(other))).toBe(bound);
  });

  test.each([
    ['another price', { paymentRequirements: { ...requirements, amount: '2000001' } }],
    ['another seller', { paymentRequirements: { ...requirements, payTo: 'addr_test2' } }],
    ['another policy', { paymentRequirements: { ...requirements, extra: {} } }],
    [
      'another resource',
      { paymentPayload: { ...body.paymentPayload, resource: { url: 'https://shop.example/other' } } },
    ],
    ['no resource', { paymentPayload: { ...body.paymentPayload, resource: undefined } }],
  ])('differs for %s', (_situation, change) => {
    expect(bindingOf(parse({ ...body, ...change }))).not.toBe(bound);
  });

  test('is SHA-256 over the canonical JSON, so that others can compute it', () => {
    const canonical =
      '{"requirements":{"amount":"2000000","asset":"lovelace","extra":{"confirmationPolicy":{"l1Confirmations":1}},' +
      '"maxTimeoutSeconds":300,"network":"cardano:preview","payTo":"addr_test1","scheme":"exact"},' +
      '"resource":{"url":"https://shop.example/data"}}';
    expect(bound).toBe(createHash('sha256').update(canonical).digest('hex'));
  });
});
