import { randomBytes } from 'node:crypto';
import { decodePaymentResponseHeader } from '@x402/core/http';
import { describe, expect, it } from 'vitest';
import { asStranger, show, signFor } from '../support/buyer.js';
import { FRAMEWORKS, type Made, startShop } from '../support/shops.js';
import { useProxy, useWorld } from '../support/world.js';

const world = useWorld();
const facilitatorUrl = () => world.stack().apis[0]?.url ?? '';

describe.each(FRAMEWORKS)('behind %s', (framework) => {
  const open = (handle: (run: number) => Promise<Made> | Made, options: object = {}) =>
    startShop(world.stack(), { framework, facilitatorUrl: facilitatorUrl(), handle, ...options });

  it('the same payment gets the same answer, byte for byte, and the handler runs once', async () => {
    const picture = randomBytes(5_000);
    const shop = await open(() => ({
      status: 201,
      headers: { 'content-type': 'image/x-test', 'set-cookie': 'a=1', 'x-made': 'yes' },
      body: picture,
    }));
    const paid = await signFor(world.stack(), `${shop.url}/report`);
    const answers = [];
    for (let time = 0; time < 3; time += 1) answers.push(await show(`${shop.url}/report`, paid.header));
    for (const { status, headers, body } of answers) {
      expect(status).toBe(201);
      expect(body.equals(picture)).toBe(true);
      expect(headers.get('content-type')).toBe('image/x-test');
      expect(headers.get('set-cookie')).toBe('a=1');
      expect(headers.get('x-made')).toBe('yes');
      expect(headers.get('cache-control')).toContain('private');
      expect(decodePaymentResponseHeader(headers.get('PAYMENT-RESPONSE') ?? '')).toMatchObject({
        success: true,
        transaction: paid.txHash,
      });
    }
    expect(shop.runs.length).toBe(1);
    expect(await world.stack().control.submission(paid.txHash)).toMatchObject({ submitted: 1 });
  });

  it('ten requests at once with one payment run the handler once and get one answer', async () => {
    const shop = await open((run) => ({ body: Buffer.from(`made by run ${run}`) }));
    const paid = await signFor(world.stack(), `${shop.url}/report`);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => show(`${shop.url}/report`, paid.header)),
    );
    expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(
      Array.from({ length: 10 }, () => '200 made by run 1'),
    );
    expect(shop.runs.length).toBe(1);
  });

  it('a payment that is pending is told so, and shown again it gets what the first run made', async () => {
    const shop = await open((run) => ({ body: Buffer.from(`made by run ${run}`) }), {
      settleWithinMs: 300,
      confirmations: 12,
    });
    const paid = await signFor(world.stack(), `${shop.url}/report`);
    const first = await show(`${shop.url}/report`, paid.header);
    expect(first.status).toBe(402);
    expect(first.headers.get('retry-after')).toBe('5');
    expect(JSON.parse(first.body.toString())).toMatchObject({
      error: 'settlement_pending',
      message: expect.stringContaining('Do not pay again'),
      transaction: paid.txHash,
    });
    await expect
      .poll(async () => {
        const { status, body } = await show(`${shop.url}/report`, paid.header);
        return `${status} ${status === 200 ? body : ''}`;
      })
      .toBe('200 made by run 1');
    expect(shop.runs.length).toBe(1);
  });

  it('a stranger who writes the payment down from the chain gets nothing, before and after the buyer', async () => {
    const shop = await open(() => ({ body: Buffer.from('secret') }));
    const paid = await signFor(world.stack(), `${shop.url}/report`);
    expect((await show(`${shop.url}/report`, paid.header)).status).toBe(200);
    const stranger = await show(`${shop.url}/report`, asStranger(paid));
    expect(stranger.status).toBe(402);
    expect(stranger.body.toString()).not.toContain('secret');
    const withToken = await show(
      `${shop.url}/report`,
      Buffer.from(
        JSON.stringify({
          ...paid.payload,
          extensions: { delivery: { info: { token: randomBytes(24).toString('base64url') } } },
        }),
      ).toString('base64'),
    );
    expect(withToken.status).toBe(402);
    expect(shop.runs.length).toBe(1);
  });

  it('a payment buys one thing: another address of the same price is refused, at the same time too', async () => {
    const shop = await open(() => ({ body: Buffer.from('bought') }));
    const paid = await signFor(world.stack(), `${shop.url}/report?id=1`);
    const answers = await Promise.all(
      [1, 2, 3].map((id) => show(`${shop.url}/report?id=${id}`, paid.header)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 402, 402]);
    expect((await show(`${shop.url}/report?id=4`, paid.header)).status).toBe(402);
    expect(shop.runs.length).toBe(1);
  });

  it('a payment without token and identifier is answered once, and the message says why', async () => {
    const shop = await open(() => ({ body: Buffer.from('bought') }));
    const paid = await signFor(
      world.stack(),
      `${shop.url}/report`,
      ({ extensions: _, ...payload }) => payload,
    );
    expect((await show(`${shop.url}/report`, paid.header)).status).toBe(200);
    const again = await show(`${shop.url}/report`, paid.header);
    expect(again.status).toBe(402);
    expect(JSON.parse(again.body.toString())).toMatchObject({
      error: 'duplicate_settlement',
      message: expect.stringContaining('payment-identifier'),
    });
  });

  it('an identifier names one payment: a second one under it is a conflict, and costs nothing', async () => {
    const shop = await open((run) => ({ body: Buffer.from(`made by run ${run}`) }));
    const named = (payload: Parameters<NonNullable<Parameters<typeof signFor>[2]>>[0]) => ({
      ...payload,
      extensions: {
        'payment-identifier': { info: { required: false, id: `order-${framework}-0000000001` } },
      },
    });
    const first = await signFor(world.stack(), `${shop.url}/report`, named);
    const second = await signFor(world.stack(), `${shop.url}/report`, named);
    expect((await show(`${shop.url}/report`, first.header)).status).toBe(200);
    const conflict = await show(`${shop.url}/report`, second.header);
    expect(conflict.status).toBe(409);
    expect(JSON.parse(conflict.body.toString())).toMatchObject({ error: 'payment_identifier_reused' });
    expect(await world.stack().control.submission(second.txHash)).toBeUndefined();
    expect((await show(`${shop.url}/report`, first.header)).body.toString()).toBe('made by run 1');
  });

  it('a handler that fails sells nothing, and the same payment may try again', async () => {
    const shop = await open((run) => {
      if (run === 1) return { status: 503, body: Buffer.from('out of stock') };
      if (run === 2) throw new Error('a bug of the handler');
      return { body: Buffer.from('bought') };
    });
    const paid = await signFor(world.stack(), `${shop.url}/report`);
    expect((await show(`${shop.url}/report`, paid.header)).status).toBe(503);
    expect((await show(`${shop.url}/report`, paid.header)).status).toBe(500);
    expect(await world.stack().control.submission(paid.txHash)).toBeUndefined();
    expect((await show(`${shop.url}/report`, paid.header)).body.toString()).toBe('bought');
  });

  it('while no facilitator takes the payment the answer is 502, and the handler does not run again', async () => {
    const toFacilitator = await useProxy(facilitatorUrl());
    const shop = await open((run) => ({ body: Buffer.from(`made by run ${run}`) }), {
      facilitatorUrl: toFacilitator.url,
      settleWithinMs: 300,
    });
    const paid = await signFor(world.stack(), `${shop.url}/report`);
    toFacilitator.plan((path) =>
      path === '/settle' ? { kind: 'status', status: 429, body: '{}' } : { kind: 'pass' },
    );
    for (let time = 0; time < 2; time += 1) {
      const { status, headers } = await show(`${shop.url}/report`, paid.header);
      expect({ status, receipt: headers.get('payment-response') }).toEqual({ status: 502, receipt: null });
    }
    toFacilitator.plan(() => ({ kind: 'pass' }));
    await expect
      .poll(async () => (await show(`${shop.url}/report`, paid.header)).body.toString())
      .toBe('made by run 1');
  });

  it('an answer that is too large to keep arrives whole', async () => {
    const large = randomBytes(300_000);
    const shop = await open(() => ({ body: large }), { delivery: { maxAnswerBytes: 100_000 } });
    const paid = await signFor(world.stack(), `${shop.url}/report`);
    const { status, body } = await show(`${shop.url}/report`, paid.header);
    expect(status).toBe(200);
    expect(body.equals(large)).toBe(true);
    // Made again, because it was not kept; paid once all the same.
    expect((await show(`${shop.url}/report`, paid.header)).body.equals(large)).toBe(true);
    expect(shop.runs.length).toBe(2);
    expect(await world.stack().control.submission(paid.txHash)).toMatchObject({ submitted: 1 });
  });

  it('an answer that was too large to keep is not made again for a payment that is not private', async () => {
    const shop = await open(() => ({ body: randomBytes(2_000) }), { delivery: { maxAnswerBytes: 1_000 } });
    const paid = await signFor(
      world.stack(),
      `${shop.url}/report`,
      ({ extensions: _, ...payload }) => payload,
    );
    expect((await show(`${shop.url}/report`, paid.header)).status).toBe(200);
    expect((await show(`${shop.url}/report`, paid.header)).status).toBe(402);
    expect(shop.runs.length).toBe(1);
  });

  it('what costs nothing stays as it is, with a payment and without', async () => {
    const shop = await open(() => ({ body: Buffer.from('bought') }));
    const paid = await signFor(world.stack(), `${shop.url}/report`);
    expect(await (await fetch(`${shop.url}/free`)).text()).toBe('free');
    expect((await show(`${shop.url}/free`, paid.header)).body.toString()).toBe('free');
    expect((await show(`${shop.url}/report`, 'garbage')).status).toBe(402);
    if (framework === 'fastify')
      expect((await fetch(`${shop.url}/report`, { method: 'HEAD' })).status).toBe(402);
    expect((await show(`${shop.url}/report`, paid.header)).body.toString()).toBe('bought');
  });
});
