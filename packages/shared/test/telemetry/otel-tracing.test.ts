import { randomBytes } from 'node:crypto';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { currentPosition } from '@x402-facilitator/shared/testing';
import { describe, expect, test } from 'vitest';
import { createOtelTracing, tracesUrl } from '../../src/telemetry/tracing/otel-tracing.js';

const logger = createLogger({ tier: 'api', logging: { level: 'silent', pretty: false } });

function sampling(rate: number) {
  const exporter = new InMemorySpanExporter();
  const { tracing } = createOtelTracing({
    tier: 'api',
    version: '0.0.0-test',
    logger,
    sampled: { processor: new SimpleSpanProcessor(exporter), rate },
  });
  return { tracing, received: () => exporter.getFinishedSpans() };
}

const remote = (traceFlags: number) => ({
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
  traceFlags,
  isRemote: true,
});

describe('a share of the traces', () => {
  test('is chosen by trace id: both tiers choose the same', () => {
    const api = sampling(0.5);
    const worker = sampling(0.5);
    for (let index = 0; index < 200; index += 1) {
      const request = api.tracing.start('request', { parent: remote(1) });
      worker.tracing.record('submit', {
        parent: { ...request.position, isRemote: true },
        startMs: 1,
        endMs: 2,
      });
      request.end();
    }
    const traces = (spans: ReturnType<typeof api.received>) =>
      spans.map((span) => span.spanContext().traceId);
    expect(traces(worker.received())).toEqual(traces(api.received()));
    expect(api.received().length).toBeGreaterThan(50);
    expect(api.received().length).toBeLessThan(150);
  });

  test('leaves out traces that their callers marked as not recorded', () => {
    const { tracing, received } = sampling(1);
    tracing.start('request', { parent: remote(0) }).end();
    tracing.start('request', { parent: remote(1) }).end();
    expect(received()).toHaveLength(1);
  });
});

describe('a span', () => {
  test('is the position of the running code, and ends with that code', async () => {
    const { tracing, received } = sampling(1);
    const [inner, outer] = await tracing.inSpan('outer', {}, async (position) => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(currentPosition()).toBe(position);
      return [tracing.inSpan('inner', {}, () => currentPosition()), position];
    });
    expect(received().map(({ name }) => name)).toEqual(['inner', 'outer']);
    expect(received()[0]?.parentSpanContext?.spanId).toBe(outer?.spanId);
    expect(received()[0]?.spanContext().spanId).toBe(inner?.spanId);
  });

  test('records the kind of an error that is thrown, not its words', async () => {
    const { tracing, received } = sampling(1);
    const boom = () => {
      throw new RangeError('SECRET');
    };
    expect(() => tracing.inSpan('at once', {}, boom)).toThrow(RangeError);
    await expect(tracing.inSpan('later', {}, async () => boom())).rejects.toThrow(RangeError);
    expect(received()).toHaveLength(2);
    for (const { status, attributes, events } of received()) {
      expect(status).toEqual({ code: 2 });
      expect(attributes).toEqual({ 'error.type': 'RangeError' });
      expect(events).toEqual([]);
    }
  });
});

test.each([
  ['http://collector:4318', 'http://collector:4318/v1/traces'],
  ['http://collector:4318/', 'http://collector:4318/v1/traces'],
  ['https://vendor.example/otlp', 'https://vendor.example/otlp/v1/traces'],
  ['https://vendor.example/otlp/v1/traces', 'https://vendor.example/otlp/v1/traces'],
])('%s as an endpoint means %s', (endpoint, url) => {
  expect(tracesUrl(endpoint)).toBe(url);
});
