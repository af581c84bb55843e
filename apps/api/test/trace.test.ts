import { expect, onTestFinished, test } from 'vitest';
import { paymentRequest, post } from './support/requests.js';
import { startApi } from './support/start-api.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

/** The log of one verification in an API without a receiver of traces, without Redis and without a chain. */
async function linesOf(headers: Readonly<Record<string, string>>) {
  const api = await startApi({ redisUrl: 'redis://127.0.0.1:9' });
  onTestFinished(() => api.close());
  await post(`${api.url}/verify`, paymentRequest(), { ...headers, 'x-request-id': 'asked' });
  // The request's line is written after its answer.
  await expect.poll(() => api.log.some(({ reqId }) => reqId === 'asked')).toBe(true);
  return api.log;
}

test('lines of a request carry its caller’s trace even when traces are not sent', async () => {
  const lines = await linesOf({ traceparent: `00-${TRACE}-${SPAN}-01` });
  const inTrace = lines.filter(({ traceId }) => traceId === TRACE);
  // The second line is written deep inside the request, by the process's logger.
  expect(inTrace.map(({ message }) => message)).toEqual(
    expect.arrayContaining(['request completed', 'asked a chain provider']),
  );
  for (const line of inTrace) expect(line.spanId).toBe(SPAN);
});

test.each([
  ['without a traceparent', {}],
  ['with an invalid one', { traceparent: 'who knows' }],
])('lines of a request %s carry no trace', async (_what, headers) => {
  const lines = await linesOf(headers);
  expect(lines.filter((line) => 'traceId' in line || 'spanId' in line)).toEqual([]);
});
