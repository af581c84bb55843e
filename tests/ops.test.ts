import { connectRedis, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type FundedPayer, fundPayer } from '@x402-facilitator/tools/stack';
import { beforeAll, describe, expect, test } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({ blockMs: 0, paywall: false });

/** `ops` as an operator runs it, with the configuration of the stack. */
const ops = (...args: readonly string[]) => runOps(stack().settings, ...args);

const apiUrl = () => replica(stack().apis).url;
const settle = (request: object) => post(`${apiUrl()}/settle`, request, { prefer: 'respond-async' });
const stateOf = async (transaction: string) => (await get(`${apiUrl()}/status/${transaction}`)).body.state;
const reaches = (transaction: string, state: string) =>
  waitUntil(async () => (await stateOf(transaction)) === state, { what: `${transaction} to be ${state}` });

describe('ops', () => {
  let payer: FundedPayer;
  beforeAll(async () => {
    payer = await fundPayer(stack(), { outputs: 10 });
  });

  test('pause: /settle is 503 paused with nothing claimed, queued work waits, following continues; resume ends it', async () => {
    const before = await signPayment(stack(), payer);
    await settle(before.request);
    await reaches(before.transaction, 'submitted');

    const paused = await ops('pause', '--reason', 'the provider lies');
    expect(paused).toMatchObject({ code: 0, err: '' });
    const during = await signPayment(stack(), payer);
    const answer = await settle(during.request);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('30');
    expect(answer.body).toMatchObject({
      success: false,
      errorReason: 'paused',
      errorMessage: 'new settlements are paused by the operator: the provider lies',
      transaction: '',
    });
    expect((await get(`${apiUrl()}/status/${during.transaction}`)).status).toBe(404);
    expect((await post(`${apiUrl()}/verify`, during.request)).body.isValid).toBe(true);

    await stack().control.forge(2);
    await reaches(before.transaction, 'confirmed');
    expect((await settle(before.request)).body).toMatchObject({ success: true });

    const retried = await ops('retry', before.transaction);
    expect(retried).toMatchObject({ code: 1, err: expect.stringContaining('nothing to try again') });
    expect((await ops('status')).out).toContain('the provider lies');

    expect((await ops('resume')).out).toBe('cardano:preview: resumed\n');
    expect((await ops('resume')).out).toBe('cardano:preview: was not paused\n');
    await settle(during.request);
    await reaches(during.transaction, 'submitted');
    await stack().control.forge(2);
    await reaches(during.transaction, 'confirmed');
  });

  test('drain: new settlements are refused, accepted ones come to their end, then it says so', async () => {
    const accepted = await signPayment(stack(), payer);
    await settle(accepted.request);
    await reaches(accepted.transaction, 'submitted');
    const tooEarly = await ops('drain', '--timeout', '0');
    expect(tooEarly).toMatchObject({ code: 1, err: expect.stringContaining('1 still pending') });

    const draining = ops('drain', '--timeout', '30');
    const refused = await signPayment(stack(), payer);
    await waitUntil(async () => (await settle(refused.request)).body.errorReason === 'paused', {
      what: 'the door to close',
    });
    await stack().control.forge(2);
    expect(await draining).toMatchObject({ code: 0, out: expect.stringContaining('drained') });
    expect(await stateOf(accepted.transaction)).toBe('confirmed');
    await ops('resume');
  });

  test('a queue that was paused by hand stays paused during drain, and retry says so', async () => {
    await stack().control.addFault({ operation: 'POST /tx/submit', kind: 'status', status: 503 });
    const held = await signPayment(stack(), payer);
    await settle(held.request);
    await reaches(held.transaction, 'ambiguous');
    await ops('pause');
    await stack().control.clearFaults();
    expect((await ops('drain', '--timeout', '0')).err).toContain('the submit queue is paused');
    expect((await ops('retry', held.transaction)).out).toMatch(
      /is ambiguous: it has a job .*queue is paused/,
    );
    await ops('resume');
    await reaches(held.transaction, 'submitted');
    await stack().control.forge(2);
    await reaches(held.transaction, 'confirmed');
  });

  test('inspect shows the record, its job and the next step; export accounts for all of it', async () => {
    const payment = await signPayment(stack(), payer, { amount: '3000000' });
    await settle(payment.request);
    await reaches(payment.transaction, 'submitted');
    const people = await ops('inspect', payment.transaction);
    expect(people.out).toMatch(/^state +submitted$/m);
    expect(people.out).toMatch(/^next +a block holds it; its TTL ends in \d+ min$/m);
    const machine = await ops('inspect', payment.transaction.toUpperCase(), '--json');
    expect(JSON.parse(machine.out)).toMatchObject({
      transaction: payment.transaction,
      state: 'submitted',
      attempts: 1,
      job: 'completed',
      inputs: [payment.request.paymentPayload.payload.nonce],
    });
    await stack().control.forge(2);
    await reaches(payment.transaction, 'confirmed');

    const { out } = await ops('export', '--since', '1h');
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        transaction: payment.transaction,
        state: 'confirmed',
        amount: '3000000',
        payTo: stack().payTo,
        errorReason: null,
      }),
    );
    expect(new Set(lines.map(({ transaction }) => transaction)).size).toBe(lines.length);
    const future = new Date(Date.now() + 60_000).toISOString();
    expect((await ops('export', '--since', future)).out).toBe('');
    expect((await ops('export', '--since', '1h', '--until', '1h')).out).toBe('');
  });

  test('status counts what is pending, by state, and names the workers and the follower', async () => {
    const payment = await signPayment(stack(), payer);
    await settle(payment.request);
    await reaches(payment.transaction, 'submitted');
    const report = JSON.parse((await ops('status', '--json')).out);
    expect(report.networks).toEqual([
      expect.objectContaining({
        network: 'cardano:preview',
        pause: null,
        pending: 1,
        states: { submitted: 1 },
        chain: expect.objectContaining({ height: expect.any(Number) }),
      }),
    ]);
    expect(report.workers).toHaveLength(1);
    expect(report.workers[0].networks[0]).toMatchObject({ network: 'cardano:preview', isFollower: true });
    expect((await ops('status', '--network', 'preview')).out).toMatch(
      /pending +1 \(submitted 1\), oldest for/,
    );
  });

  test('redeem: gives, once, the success of a payment that a block held before it was claimed', async () => {
    const { request, transaction } = await signPayment(stack(), payer);
    await settle(request);
    await reaches(transaction, 'submitted');
    await stack().control.forge(2);
    await reaches(transaction, 'confirmed');
    const settings = redisSettingsFromUrl(stack().redis.url);
    const redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
    try {
      // As if it had been claimed a minute later, after a loss of the journal.
      await redis.hincrby(`{x402}:journal:preview:settlement:${transaction}`, 'queuedAtMs', 60_000);
    } finally {
      await disconnectRedis(redis);
    }
    expect((await settle(request)).body).toMatchObject({
      errorReason: 'exact_cardano_settlement_settled_before_claim',
    });
    expect(await ops('redeem', transaction)).toMatchObject({ code: 2 });
    expect(await ops('redeem', transaction, '--reason', 'order 17 was never shipped')).toMatchObject({
      code: 0,
      out: `${transaction} may be collected with /settle, once: order 17 was never shipped\n`,
    });
    expect(JSON.parse((await ops('inspect', transaction, '--json')).out)).toMatchObject({
      redeemedAt: expect.any(String),
      redeemedBecause: 'order 17 was never shipped',
    });
    expect((await settle(request)).body).toMatchObject({ success: true, transaction });
    expect((await settle(request)).body).toMatchObject({ errorReason: 'duplicate_settlement' });
    expect(await ops('redeem', transaction, '--reason', 'again')).toMatchObject({
      code: 1,
      err: expect.stringContaining('was handed out'),
    });
  });

  test('every command names an unreadable record in one sentence, and continues with the rest', async () => {
    const { url } = stack().redis;
    const settings = redisSettingsFromUrl(url);
    const redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
    try {
      await stack().control.forge(2);
      expect((await ops('drain', '--timeout', '30')).code).toBe(0);
      await ops('resume');
      const damaged = await signPayment(stack(), payer);
      const sound = await signPayment(stack(), payer);
      for (const { request, transaction } of [damaged, sound]) {
        await settle(request);
        await reaches(transaction, 'submitted');
      }
      const key = `{x402}:journal:preview:settlement:${damaged.transaction}`;
      await redis.hset(key, 'schemaVersion', '2');
      const before = await redis.dumpBuffer(key);
      const sentence = `1 settlement record cannot be read and is left as it is: ${damaged.transaction} (expected schemaVersion 1, found 2)`;

      const status = await ops('status');
      expect(status).toMatchObject({ code: 0, err: '' });
      expect(status.out).toMatch(/pending +2 \(submitted 1\)/);
      expect(status.out).toContain(sentence);
      expect(JSON.parse((await ops('status', '--json')).out).networks[0].unreadable).toMatchObject([
        { txHash: damaged.transaction, schemaVersion: '2', reason: 'expected schemaVersion 1, found 2' },
      ]);
      for (const command of ['inspect', 'retry'])
        expect(await ops(command, damaged.transaction)).toEqual({
          code: 1,
          out: '',
          err: `cardano:preview: ${sentence}\n`,
        });
      expect((await ops('inspect', sound.transaction)).out).toMatch(/^state +submitted$/m);
      expect((await ops('retry', sound.transaction)).code).toBe(0);

      const exported = await ops('export', '--since', '1h');
      expect(exported).toMatchObject({ code: 0, err: `cardano:preview: ${sentence}\n` });
      expect(exported.out).toContain(sound.transaction);
      expect(exported.out).not.toContain(damaged.transaction);

      expect(await ops('drain', '--timeout', '0')).toMatchObject({
        code: 1,
        err: expect.stringContaining('1 still pending'),
      });
      await stack().control.forge(2);
      const drained = await ops('drain', '--timeout', '30');
      expect(drained).toMatchObject({ code: 0, out: expect.stringContaining('drained') });
      expect(drained.err).toContain(sentence);
      expect(await stateOf(sound.transaction)).toBe('confirmed');
      expect((await ops('pause')).code).toBe(0);
      expect((await ops('resume')).code).toBe(0);
      expect((await redis.dumpBuffer(key)).equals(before)).toBe(true);
      await redis.hset(key, 'schemaVersion', '1');
      expect((await ops('retry', damaged.transaction)).out).toContain('it has a job now');
      await reaches(damaged.transaction, 'confirmed');
    } finally {
      await disconnectRedis(redis);
    }
  });

  test('config check prints the effective configuration without its secrets', async () => {
    const { code, out } = await ops('config', 'check');
    expect(code).toBe(0);
    expect(JSON.parse(out).chain.blockfrost.projectId).toBe('***');
    for (const secret of stack().secrets) expect(out).not.toContain(secret);
  });

  test('a command line that is not understood is exit code 2, with what was expected and the usage', async () => {
    const mistakes: readonly (readonly [readonly string[], string])[] = [
      [[], 'expected a command'],
      [['start'], 'there is no command "start"'],
      [['pause', '--now'], "Unknown option '--now'"],
      [['inspect', 'abc'], 'expected one transaction id of 64 hex characters, found "abc"'],
      [['export'], 'expected --since'],
      [['export', '--since', 'yesterday'], 'found "yesterday"'],
      [['drain', '--timeout', 'soon'], 'found "soon"'],
      [['status', '--network', 'mainnet'], 'expected one of cardano:preview'],
    ];
    for (const { args, words, run } of await Promise.all(
      mistakes.map(async ([args, words]) => ({ args, words, run: await ops(...args) })),
    )) {
      expect(run.code, args.join(' ')).toBe(2);
      expect(run.err).toContain(words);
      expect(run.err).toContain('usage: ops COMMAND');
    }
    expect(JSON.parse((await ops('status', '--json')).out).networks[0].pause).toBeNull();
  });

  test('a command that cannot be done is exit code 1 and one line that says why', async () => {
    const unknown = await ops('inspect', 'ab'.repeat(32));
    expect(unknown.code).toBe(1);
    expect(unknown.err).toBe(`no settlement of ${'ab'.repeat(32)} is known on cardano:preview\n`);
    const unreachable = await runOps(
      {
        X402_CHAIN__BLOCKFROST__URL: 'http://127.0.0.1:9',
        X402_CHAIN__REDIS__PORT: '9',
      },
      'status',
    );
    expect(unreachable.code).toBe(1);
    expect(unreachable.err).toMatch(/^Redis at 127\.0\.0\.1:9 does not answer: .*ECONNREFUSED.*\n$/);
  });
});
