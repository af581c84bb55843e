import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaymentRequest } from '@x402-facilitator/cardano';
import { collectGarbage, MERCHANT, PAYER, walletOf } from '@x402-facilitator/cardano/testing';
import { scrape } from '@x402-facilitator/shared/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { NETWORK, type RunningApi } from './support/index.js';

import {
  DENIED,
  type Draft,
  outputsOf,
  settle,
  txHashOf,
  useScreening,
  verify,
} from './support/screening.js';

const UNAVAILABLE = 'exact_cardano_facilitator_screening_unavailable';

const { harness, deny, startScreening } = useScreening();

type Question = { readonly body: Record<string, unknown>; readonly headers: IncomingMessage['headers'] };

/** A screening service on this machine. */
async function startService(answer: (response: ServerResponse, question: Question) => void) {
  const questions: Question[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const question = {
      body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
      headers: request.headers,
    };
    questions.push(question);
    answer(response, question);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/screen`;
  return { url, questions, close };
}

/** The same for one test. */
async function serviceOfTest(answer: Parameters<typeof startService>[0]) {
  const service = await startService(answer);
  onTestFinished(async () => {
    await service.close();
  });
  return service;
}

const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

const asking = (url: string, env: Readonly<Record<string, string>> = {}) =>
  startScreening({
    X402_SCREENING__SERVICE__URL: url,
    X402_SCREENING__SERVICE__AUTHORIZATION: 'Bearer of-the-test',
    X402_SCREENING__SERVICE__TIMEOUT_MS: '500',
    ...env,
  });

describe('screening.service', () => {
  test('is asked about all parties once, at verify or settle, and its answer is believed for a while', async () => {
    const service = await serviceOfTest(json({ denied: false, case: 17 }));
    const api = await asking(service.url);
    const request = await harness().pay();
    const both = await Promise.all([verify(api, request), verify(api, request)]);
    for (const body of both) expect(body).toMatchObject({ isValid: true });
    expect((await settle(api, request)).status).toBe(202);
    expect(service.questions).toHaveLength(1);
    const [question] = service.questions;
    expect(question?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer of-the-test',
    });
    expect(question?.body).toEqual({
      network: NETWORK,
      addresses: [PAYER.address(0), MERCHANT.address(0)].sort(),
      credentials: [PAYER.keyHash, MERCHANT.keyHash].sort(),
    });
  });

  test('is asked at settle again when its answers are not kept, and what it denies by then is not claimed', async () => {
    let denied = false;
    const service = await serviceOfTest((response) => json({ denied })(response));
    const api = await asking(service.url, { X402_SCREENING__SERVICE__CACHE_SECONDS: '0' });
    const request = await harness().pay();
    expect(await verify(api, request)).toMatchObject({ isValid: true });
    denied = true;
    expect((await settle(api, request)).body).toMatchObject({ success: false, errorReason: DENIED });
    expect(service.questions).toHaveLength(2);
    expect(await harness().journal.read(NETWORK, txHashOf(request))).toEqual({ ok: true, value: undefined });
  });

  test('is not asked by payments that a rule or a list refuses', async () => {
    const service = await serviceOfTest(json({ denied: false }));
    const api = await asking(service.url);
    const tooLittle = await harness().pay({ requirements: { amount: '9000000' } });
    expect(await verify(api, tooLittle)).toMatchObject({ isValid: false });
    await deny(PAYER.keyHash);
    expect((await verify(api, await harness().pay())).invalidReason).toBe(DENIED);
    expect(service.questions).toEqual([]);
  });

  const HOSTILE: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ['an error', json({ denied: false }, 500)],
    ['another success', json({ denied: false }, 201)],
    ['a word for a verdict', json({ denied: 'false' })],
    ['null', json(null)],
    ['a verdict in a list', json([{ denied: false }])],
    ['HTML', (response) => response.end('<p>no</p>')],
    ['nothing', (response) => response.end()],
    ['half an answer', (response) => response.write('{"denied": fal')],
    ['a closed connection', (response) => response.socket?.destroy()],
    ['silence', () => undefined],
    [
      'a redirect to an answer',
      (response) => response.writeHead(307, { location: '/served' }).end('{"denied": false}'),
    ],
    [
      'an answer without an end',
      (response) => {
        response.write('{"denied": false, "more": "');
        const pour = () => {
          while (!response.destroyed && response.write('z'.repeat(65_536)));
        };
        response.on('drain', pour);
        pour();
      },
    ],
    ['a good answer in a megabyte', json({ denied: false, more: 'z'.repeat(1_048_576) })],
  ];

  describe('without an answer', () => {
    let hostile: (response: ServerResponse) => void;
    let service: Awaited<ReturnType<typeof startService>>;
    let strict: RunningApi;
    let lenient: RunningApi;
    beforeAll(async () => {
      service = await startService((response) => hostile(response));
      strict = await asking(service.url);
      lenient = await asking(service.url, { X402_SCREENING__SERVICE__WHEN_UNAVAILABLE: 'accept' });
    });
    afterAll(() => service.close());

    const countOf = async ({ url }: RunningApi, outcome: string) =>
      (await scrape(url)).value('screenings_total', { network: NETWORK, outcome }) ?? Number.NaN;
    const failuresOf = async ({ url }: RunningApi) =>
      (await scrape(url)).value('screening_service_duration_seconds_count', { answer: 'failed' }) ??
      Number.NaN;

    test.each(HOSTILE)('%s refuses for now, or lets pass by setting', async (_, answer) => {
      collectGarbage();
      hostile = answer;
      const request = await harness().pay();
      const [unavailable, failed] = [await countOf(strict, 'unavailable'), await failuresOf(strict)];
      expect(await verify(strict, request)).toMatchObject({
        isValid: false,
        invalidReason: UNAVAILABLE,
        extra: { retryable: true },
      });
      const settled = await settle(strict, request);
      expect(settled.status).toBe(503);
      expect(settled.headers.get('retry-after')).toBe('5');
      expect(settled.body).toMatchObject({
        success: false,
        errorReason: UNAVAILABLE,
        transaction: '',
        extra: { retryable: true },
      });
      expect(await harness().journal.read(NETWORK, txHashOf(request))).toEqual({
        ok: true,
        value: undefined,
      });
      expect(await countOf(strict, 'unavailable')).toBe(unavailable + 2);
      // A failure is not kept: it was asked again.
      expect(await failuresOf(strict)).toBe(failed + 2);

      const unscreened = await countOf(lenient, 'accepted_unscreened');
      expect(await verify(lenient, request)).toMatchObject({ isValid: true });
      expect(await countOf(lenient, 'accepted_unscreened')).toBe(unscreened + 1);
      await deny(PAYER.keyHash);
      expect((await verify(lenient, request)).invalidReason).toBe(DENIED);
    });
  });

  test('that is silent holds up a replica by a bounded number of questions', async () => {
    const held: ServerResponse[] = [];
    const service = await serviceOfTest((response) => held.push(response));
    const api = await asking(service.url, { X402_SCREENING__SERVICE__TIMEOUT_MS: '10000' });
    const requests: PaymentRequest[] = [];
    for (let at = 0; at < 68; at += 1) {
      const to = walletOf(`change ${at}`).addressBytes(0);
      const transaction = (draft: Draft) => ({ ...draft.spec, outputs: outputsOf(draft, { change: to }) });
      requests.push(await harness().pay({ transaction }));
    }
    const asked = Promise.all(requests.slice(0, 64).map((request) => verify(api, request)));
    await waitUntil(() => held.length === 64, { what: 'all 64 questions to be asked' });
    for (const request of requests.slice(64))
      expect((await verify(api, request)).invalidReason).toBe(UNAVAILABLE);
    expect(held).toHaveLength(64);
    for (const response of held) json({ denied: false })(response);
    for (const body of await asked) expect(body).toMatchObject({ isValid: true });
    const seen = await scrape(api.url);
    expect(seen.value('screening_service_duration_seconds_count', { answer: 'busy' })).toBe(4);
  });

  test('its secret and its words are in no log', async () => {
    const service = await serviceOfTest(json({ denied: 'Mallory is wanted' }));
    const api = await asking(service.url);
    expect((await verify(api, await harness().pay())).invalidReason).toBe(UNAVAILABLE);
    const log = JSON.stringify(api.log);
    expect(log).toContain('the screening service gave no answer');
    expect(log).not.toContain('Mallory');
    expect(log).not.toContain('of-the-test');
  });
});
