import { expect, onTestFinished, test } from 'vitest';
import { paymentRequest, post } from './support/requests.js';
import { startApi } from './support/start-api.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

/** What an API that sends its traces nowhere logs of one verification; neither Redis nor a chain is there. */
async function linesOf(headers: Readonly<Record<string, string>>) {
  const api = await startApi({ redisUrl: 'redis://127.0.0.1:9' });
  onTestFinished(() => api.close());
  await post(`${api.url}/verify`, paymentRequest(), { ...headers, 'x-request-id': 'asked' });
  // The line of a request is written after its answer.
  await expect.poll(() => api.log.some(({ reqId }) => reqId === 'asked')).toBe(true);
  return api.log;
}

test('lines of a request carry the trace of its caller also when traces are sent nowhere', async () => {
  const lines = await linesOf({ traceparent: `00-${TRACE}-${SPAN}-01` });
  const inTrace = lines.filter(({ traceId }) => traceId === TRACE);
  // The second is written deep below the request, by the logger of the process.
  expect(inTrace.map(({ message }) => message)).toEqual(
    expect.arrayContaining(['request completed', 'asked a chain provider']),
  );
  for (const line of inTrace) expect(line.spanId).toBe(SPAN);
});

test.each([
  ['without a traceparent', {}],
  ['with one that is none', { traceparent: 'who knows' }],
])('lines of a request %s carry no trace', async (_what, headers) => {
  const lines = await linesOf(headers);
  expect(lines.filter((line) => 'traceId' in line || 'spanId' in line)).toEqual([]);
});
