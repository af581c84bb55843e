import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type AppProcess, type FundedPayer, fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { get, type Order, post, signPayment } from './support/facilitator.js';
import { type ReceivedSpan, startOtlpCollector } from './support/otlp-collector.js';
import { startReceiver } from './support/receiver.js';
import { startSentryIngest } from './support/sentry-ingest.js';
import { BLOCK_MS, replica, useStack } from './support/use-stack.js';

const collector = await startOtlpCollector();
const sentry = await startSentryIngest();
const silence = await startReceiver({ hangs: true });
afterAll(() => Promise.all([collector.close(), sentry.close(), silence.close()]));

const apiKey = randomBytes(24).toString('base64url');
const redisPassword = randomBytes(24).toString('base64url');
const stack = useStack({
  blockMs: BLOCK_MS,
  paywall: false,
  redis: { exclusive: true, password: redisPassword },
  settings: {
    X402_LOGGING__LEVEL: 'debug',
    X402_OTEL__ENDPOINT: collector.endpoint,
    X402_SENTRY__DSN: sentry.dsn,
    X402_SENTRY__TRACES_SAMPLE_RATE: '1',
    X402_SENTRY__ENVIRONMENT: 'the-test',
    X402_SECURITY__API_KEYS: JSON.stringify([
      { name: 'shop', sha256: createHash('sha256').update(apiKey).digest('hex') },
    ]),
    OTEL_BSP_SCHEDULE_DELAY: '50',
  },
});

let payer: FundedPayer;
beforeAll(async () => {
  payer = await fundPayer(stack(), { outputs: 10 });
});

/** The secrets of every payment that was made here. */
const secrets: string[] = [apiKey, redisPassword];

const api = () => replica(stack().apis).url;
const authorization = { authorization: `Bearer ${apiKey}` };
async function sign(order?: Order) {
  const signed = await signPayment(stack(), payer, order);
  const { transaction } = signed.request.paymentPayload.payload;
  secrets.push(transaction, Buffer.from(transaction, 'base64').toString('hex'));
  return signed;
}

const spansOf = (traceId: string) => collector.spans().filter((span) => span.traceId === traceId);
const CALLER_SPAN = '00f067aa0ba902b7';
const newTraceId = () => randomBytes(16).toString('hex');

async function spanArrived(traceId: string, name: string): Promise<ReceivedSpan> {
  return waitUntil(async () => spansOf(traceId).find((span) => span.name === name) ?? false, {
    what: `the span "${name}" of trace ${traceId}`,
  });
}

const LOG_WAIT = { timeout: 60_000, interval: 100 };

function linesWith(text: string, tier: 'api' | 'worker'): Record<string, unknown>[] {
  return readdirSync(stack().logDirectory)
    .filter((name) => name.startsWith(`${tier}-`))
    .flatMap((name) => readFileSync(join(stack().logDirectory, name), 'utf8').split('\n'))
    .filter((line) => line !== '' && line.includes(text))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('one payment', () => {
  const traceId = newTraceId();
  const [INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER] = [1, 2, 3, 4, 5];
  let transaction: string;
  let spans: readonly ReceivedSpan[];

  beforeAll(async () => {
    const signed = await sign({ confirmations: 1 });
    transaction = signed.transaction;
    const { body } = await post(`${api()}/settle`, signed.request, {
      ...authorization,
      traceparent: `00-${traceId}-${CALLER_SPAN}-01`,
      'x-request-id': 'the-request',
    });
    expect(body).toMatchObject({ success: true, transaction });
    await spanArrived(traceId, 'await confirmation');
    await spanArrived(traceId, 'POST /settle:wait');
    spans = spansOf(traceId);
  });

  const one = (name: string): ReceivedSpan => {
    const [span, ...more] = spans.filter((candidate) => candidate.name === name);
    if (span === undefined || more.length > 0) throw new Error(`expected one ${name}, found ${more.length}`);
    return span;
  };

  it('is one trace from the request of its caller to its confirmation, across both tiers', () => {
    const request = one('POST /settle:wait');
    expect(request).toMatchObject({
      kind: SERVER,
      parentSpanId: CALLER_SPAN,
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/settle:wait',
        'http.response.status_code': 200,
        'x402.transaction': transaction,
        'x402.network': stack().network,
        'x402.request_id': 'the-request',
      },
      resource: { 'service.name': 'x402-facilitator', 'x402.tier': 'api' },
    });
    const enqueue = one('enqueue submission');
    expect(enqueue).toMatchObject({ kind: PRODUCER, parentSpanId: request.spanId });
    expect(one('claim')).toMatchObject({ kind: INTERNAL, parentSpanId: request.spanId });
    expect(one('submit')).toMatchObject({
      kind: CONSUMER,
      parentSpanId: enqueue.spanId,
      attributes: { 'x402.transaction': transaction },
      resource: { 'x402.tier': 'worker' },
    });
    for (const name of ['await inclusion', 'await confirmation'])
      expect(one(name)).toMatchObject({
        kind: CONSUMER,
        parentSpanId: request.spanId,
        failed: false,
        attributes: { 'x402.transaction': transaction },
        resource: { 'x402.tier': 'worker' },
      });
  });

  it('has a span for each stage of its verification, with the provider calls in it', () => {
    const request = one('POST /settle:wait');
    const stages = spans.filter(({ name }) => name.startsWith('verify '));
    expect(new Set(stages.map(({ name }) => name))).toEqual(
      new Set(['verify decode', 'verify rules', 'verify chain', 'verify ledger']),
    );
    for (const stage of stages) expect(stage.parentSpanId).toBe(request.spanId);

    const chain = stages.filter(({ name }) => name === 'verify chain').map(({ spanId }) => spanId);
    const lookUps = spans.filter(({ parentSpanId = '' }) => chain.includes(parentSpanId));
    expect(lookUps.length).toBeGreaterThan(0);
    for (const span of lookUps) {
      expect(span).toMatchObject({ kind: CLIENT, attributes: { 'x402.outcome': 'ok' } });
      // Named after the operation, never after its subject.
      expect(span.name).toMatch(/^blockfrost [a-z_]+$/);
    }
    expect(one('blockfrost submit')).toMatchObject({ kind: CLIENT, parentSpanId: one('submit').spanId });
  });

  it('has the durations of all waits, also those that no process waited for', () => {
    const inclusion = one('await inclusion');
    const confirmation = one('await confirmation');
    expect(inclusion.startMs).toBeGreaterThanOrEqual(Math.floor(one('submit').startMs));
    expect(inclusion.endMs).toBeGreaterThan(inclusion.startMs);
    expect(confirmation.startMs).toBeCloseTo(inclusion.endMs, 1);
    // One confirmation is one block on top.
    expect(confirmation.endMs - confirmation.startMs).toBeGreaterThan(0);
    for (const span of spans) expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
  });

  it('is found in the log of both tiers by its trace', async () => {
    // A line may be on its way to the file, or half there.
    await vi.waitFor(() => {
      const request = one('POST /settle:wait');
      const [completed] = linesWith('request completed', 'api').filter(
        ({ reqId }) => reqId === 'the-request',
      );
      expect(completed).toMatchObject({
        service: 'x402-facilitator',
        tier: 'api',
        traceId,
        spanId: request.spanId,
        reqId: 'the-request',
        transaction,
        network: stack().network,
        userId: payer.wallet.address,
        statusCode: 200,
        responseTime: expect.any(Number),
        duration: expect.any(Number),
      });
      const asked = linesWith('asked a chain provider', 'api').filter((line) => line.traceId === traceId);
      expect(asked.length).toBeGreaterThan(0);

      const transitions = linesWith(transaction, 'worker');
      expect(transitions.map(({ message }) => message)).toEqual(
        expect.arrayContaining(['settlement submitted', 'settlement included', 'settlement confirmed']),
      );
      for (const line of transitions) expect(line).toMatchObject({ tier: 'worker', traceId });
      const submitted = transitions.find(({ message }) => message === 'settlement submitted');
      expect(submitted?.spanId).toBe(one('submit').spanId);
    }, LOG_WAIT);
  });

  it('is a transaction of Sentry as well, in the same trace', async () => {
    const transactions = await waitUntil(
      async () => {
        const found = sentry.transactions().filter(({ contexts }) => contexts?.trace?.trace_id === traceId);
        return found.length >= 4 && found;
      },
      { what: 'the transactions of both tiers' },
    );
    expect(transactions.map((it) => it.transaction).sort()).toEqual(
      ['POST /settle:wait', 'await confirmation', 'await inclusion', 'submit'].sort(),
    );
    const request = transactions.find((it) => it.transaction === 'POST /settle:wait');
    expect(request?.spans?.map(({ description }) => description)).toEqual(
      expect.arrayContaining(['claim', 'enqueue submission', 'verify ledger']),
    );
  });
});

it('a request without a trace begins one, and probes make none', async () => {
  await get(`${api()}/health`);
  await fetch(`${api()}/metrics`);
  const { request } = await sign();
  await post(`${api()}/verify`, request, { ...authorization, 'x-request-id': 'a-fresh-one' });
  const span = await waitUntil(
    async () =>
      collector.spans().find(({ attributes }) => attributes['x402.request_id'] === 'a-fresh-one') ?? false,
    { what: 'the span of the request' },
  );
  expect(span).toMatchObject({ name: 'POST /verify', kind: 2 });
  expect(span.parentSpanId ?? '').toBe('');
  const routes = new Set(collector.spans().map(({ attributes }) => attributes['http.route']));
  expect([...routes].filter((route) => typeof route === 'string').sort()).toEqual([
    '/settle:wait',
    '/verify',
  ]);
});

describe('trouble', () => {
  it('of a settlement that a node refused is reported with its transaction, network and trace', async () => {
    const traceId = newTraceId();
    const { transaction, request } = await sign();
    await stack().control.addFault({
      operation: 'POST /tx/submit',
      kind: 'status',
      status: 400,
      when: 'before',
      message: 'ShelleyTxValidationError (InvalidWitnessesUTXOW)',
      count: 3,
    });
    const answer = await post(`${api()}/settle`, request, {
      ...authorization,
      traceparent: `00-${traceId}-${CALLER_SPAN}-01`,
    });
    expect(answer.body).toMatchObject({
      success: false,
      errorReason: 'exact_cardano_settlement_definitively_rejected',
    });
    const event = await waitUntil(
      async () => sentry.events().find(({ tags }) => tags?.transaction === transaction) ?? false,
      { what: 'the report of the failed settlement' },
    );
    expect(event).toMatchObject({
      message: 'a settlement failed: refused',
      level: 'error',
      release: '0.1.0',
      environment: 'the-test',
      tags: { tier: 'worker', network: stack().network, reason: 'refused' },
      contexts: { trace: { trace_id: traceId } },
    });
    expect(await spanArrived(traceId, 'await inclusion')).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'refused' },
    });
  });

  it('of the receivers of traces and reports affects no payment, and every process still ends', async () => {
    const alone = await stack().startApi({
      X402_OTEL__ENDPOINT: silence.url,
      X402_SENTRY__DSN: `http://${sentry.key}@127.0.0.1:9/1`,
    });
    const { transaction, request } = await sign({ confirmations: 0 });
    const { body } = await post(`${alone.url}/settle`, request, authorization);
    expect(body).toMatchObject({ success: true, transaction });
    const startedMs = performance.now();
    expect(await alone.process.stop()).toMatchObject({ code: 0 });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(silence.bodies('/v1/traces').length).toBeGreaterThan(0);
    // Sentry's outage is logged once. The collector only hangs, so its outage is not known yet.
    expect(linesWith('cannot be delivered', 'api')).toMatchObject([
      { level: 'warn', message: 'reports cannot be delivered and are dropped', error: { name: 'Error' } },
    ]);
  });
});

describe('an API without Redis', () => {
  let lonely: AppProcess;
  const unanswered = () => sentry.events().filter(({ tags }) => tags?.reqId?.startsWith('away-'));
  beforeAll(async () => {
    const rejects = `process.on('SIGWINCH', () => Promise.reject(new RangeError('this was never caught')))`;
    lonely = await stack().startApi({
      X402_CHAIN__REDIS__PORT: '9',
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(rejects)}`,
    });
  });

  it('reports a request that it could not answer, once for all repeats', async () => {
    const { transaction, request } = await sign();
    const ask = (path: string, index: number, init: RequestInit = {}) =>
      fetch(`${lonely.url}${path}`, {
        ...init,
        headers: { ...authorization, 'content-type': 'application/json', 'x-request-id': `away-${index}` },
      });
    for (let index = 0; index < 10; index += 1) {
      const settled = await ask('/settle', index, { method: 'POST', body: JSON.stringify(request) });
      const read = await ask(`/status/${transaction}`, index);
      expect([settled.status, read.status]).toEqual([503, 503]);
    }
    const events = await waitUntil(async () => unanswered().length >= 2 && unanswered(), {
      what: 'the reports of both routes',
    });
    expect(events.map(({ tags }) => [tags?.reqId, tags?.tier, tags?.route, tags?.status])).toEqual([
      ['away-0', 'api', '/settle', '503'],
      ['away-0', 'api', '/status/:transaction', '503'],
    ]);
    const [settling, reading] = events;
    expect(settling?.message).toBe('POST /settle answered 503');
    expect(reading?.exception?.values.at(-1)?.type).toBe('JournalUnavailableError');
  });

  it('reports an uncaught error, and ends only when its reports are delivered', async () => {
    lonely.process.signal('SIGWINCH');
    expect(await lonely.process.exited).toMatchObject({ code: 1 });
    const fatal = sentry.events().filter(({ level }) => level === 'fatal');
    expect(fatal).toMatchObject([
      {
        tags: { tier: 'api', what: 'the API stopped because of an error' },
        exception: { values: [{ type: 'RangeError', value: 'this was never caught' }] },
      },
    ]);
    expect(unanswered()).toHaveLength(2);
  });
});

describe('every line of the log, of both tiers,', () => {
  const everyLine = () => [...linesWith('', 'api'), ...linesWith('', 'worker')];

  it('is one JSON object with time, level, message and service', () => {
    expect(everyLine().length).toBeGreaterThan(100);
    for (const line of everyLine())
      expect(line).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: expect.stringMatching(/^(debug|info|warn|error)$/),
        message: expect.stringMatching(/./),
        service: 'x402-facilitator',
        tier: expect.stringMatching(/^(api|worker)$/),
      });
  });

  it('about an error has its name, message and stack', () => {
    const errors = everyLine().flatMap(({ error }) => error ?? []);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors)
      expect(error).toMatchObject({
        name: expect.any(String),
        message: expect.any(String),
        stack: expect.stringContaining('\n    at '),
      });
  });
});

describe('what leaves the processes', () => {
  it('is described in docs/tracing.md, every span and every attribute', () => {
    const page = readFileSync(join(ROOT, 'docs/tracing.md'), 'utf8');
    const spans = collector.spans();
    const names = spans.map(({ name }) =>
      name.replace(/^blockfrost \w+$/, 'PROVIDER OPERATION').replace(/^[A-Z]+ \/\S+$/, 'METHOD ROUTE'),
    );
    expect([...new Set(names)].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    const told = spans.flatMap(({ attributes, resource }) => Object.keys({ ...attributes, ...resource }));
    const ours = [...new Set(told)].filter((name) => !/^(http|telemetry|sentry)\./.test(name));
    expect(ours.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('holds no seed, key, password, project id, authorization or signed transaction: logs, traces and reports', async () => {
    await Promise.all([...stack().apis, ...stack().workers].map(({ process }) => process.stop()));
    const sought = [...secrets, ...stack().secrets, payer.seedPhrase];
    expect(sought.every((secret) => secret.length >= 32)).toBe(true);

    const logs = readdirSync(stack().logDirectory).filter((name) => /^(api|worker)-/.test(name));
    expect(logs).toEqual(['api-1.log', 'api-2.log', 'api-3.log', 'worker-1.log']);
    const leaving: Record<string, string> = {
      traces: collector.raw(),
      reports: sentry.raw(),
      ...Object.fromEntries(
        logs.map((name) => [name, readFileSync(join(stack().logDirectory, name), 'utf8')]),
      ),
    };
    for (const [what, text] of Object.entries(leaving)) {
      expect(text.length, what).toBeGreaterThan(0);
      expect(
        sought.filter((secret) => text.includes(secret)),
        what,
      ).toEqual([]);
    }
  });
});
