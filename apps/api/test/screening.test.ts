import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeTransaction, type PaymentRequest, parseTxHash } from '@x402-facilitator/cardano';
import {
  addressBytes,
  addressText,
  byronAddressOf,
  cbor,
  MERCHANT,
  masumiPaymentOn,
  PAYER,
  type PaymentChanges,
  PRICE,
  SELLER,
  type Wallet,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import { createDeniedParties } from '@x402-facilitator/journal';
import { readDenyEntry } from '@x402-facilitator/shared/screening';
import { scrape } from '@x402-facilitator/shared/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { worldOf } from './support/devnet-payments.js';
import { type Harness, NETWORK, post, type RunningApi, startHarness } from './support/index.js';

const DENIED = 'exact_cardano_facilitator_screening_denied';
const UNAVAILABLE = 'exact_cardano_facilitator_screening_unavailable';
const STRANGER = walletOf('stranger');
const STAKE = walletOf('stake');
const FRIEND = walletOf('friend');

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
beforeEach(() => harness.redis.flushdb());
afterAll(() => harness.close());

const hash = (wallet: Wallet) => Buffer.from(wallet.keyHash, 'hex');
const baseBytes = (payment: Wallet, stake: Wallet) => addressBytes(0x00, hash(payment), hash(stake));
const baseOf = (payment: Wallet, stake: Wallet) => addressText(baseBytes(payment, stake));

async function deny(...names: readonly string[]) {
  const denied = createDeniedParties(harness.redis);
  for (const name of names) {
    const entry = readDenyEntry(name);
    if (!entry.ok) throw new Error(entry.error);
    const { text, credentials } = entry.value;
    await denied.deny({ entry: text, credentials, reason: 'a test', atMs: Date.now() });
  }
}

type Draft = Parameters<NonNullable<PaymentChanges['transaction']>>[0];

/** The price, and the rest to another address or with more in it than the payer's output holds. */
function outputsOf(
  { spec, source }: Draft,
  change: { readonly to?: Uint8Array; readonly change?: Uint8Array; readonly more?: bigint },
) {
  const { to = MERCHANT.addressBytes(0), change: rest = PAYER.addressBytes(0), more = 0n } = change;
  const left = source.lovelace + more - PRICE - spec.fee;
  return [
    { address: to, lovelace: PRICE },
    { address: rest, lovelace: left },
  ];
}

function txHashOf({ paymentPayload }: PaymentRequest) {
  const decoded = decodeTransaction(Buffer.from(String(paymentPayload.payload.transaction), 'base64'));
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value.id;
}

/** A file of its own in a folder of its own. */
async function denyFile(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'x402-deny-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'denied.txt');
  await writeFile(path, text);
  return { folder, path };
}

const startScreening = (env: Readonly<Record<string, string>> = {}) =>
  harness.startApi({ X402_SCREENING__ENABLED: 'true', ...env });
const verify = async ({ url }: RunningApi, request: PaymentRequest) =>
  (await post(`${url}/verify`, request)).body;
const settle = ({ url }: RunningApi, request: PaymentRequest) =>
  post(`${url}/settle`, request, { prefer: 'respond-async' });

describe('who is screened', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await startScreening();
  });

  /** The payer's change goes to another address. */
  const changeTo = (address: Uint8Array): PaymentChanges => ({
    transaction: (draft) => ({ ...draft.spec, outputs: outputsOf(draft, { change: address }) }),
  });
  /** Another's output is spent besides, at an address of its own. */
  const alsoSpends = (owner: Wallet, address: Uint8Array): PaymentChanges => ({
    transaction: async (draft) => {
      const { spec, world, source } = draft;
      const more = await world.fund(addressText(address), { lovelace: source.lovelace });
      return {
        ...spec,
        inputs: [...spec.inputs, more.outRef],
        outputs: outputsOf(draft, { more: source.lovelace }),
        signers: [PAYER, owner],
      };
    },
  });

  test('all are served while no party is denied', async () => {
    expect(await verify(api, await harness.pay())).toMatchObject({ isValid: true });
    expect((await settle(api, await harness.pay())).status).toBe(202);
  });

  test.each<readonly [string, string, PaymentChanges]>([
    ['the payer by its address', PAYER.address(0), {}],
    ['the payer by its key', PAYER.keyHash, {}],
    ['the payer by its key in upper case', PAYER.keyHash.toUpperCase(), {}],
    ['the payer by its address on mainnet', PAYER.address(1), {}],
    ['the payer by another address of its key, with a stake part', baseOf(PAYER, STAKE), {}],
    ['payTo', MERCHANT.address(0), {}],
    ['payTo by another address of its key', baseOf(MERCHANT, STAKE), {}],
    [
      'payTo with another stake part than the denied one',
      MERCHANT.keyHash,
      {
        requirements: { payTo: baseOf(MERCHANT, FRIEND) },
        transaction: (draft) => ({
          ...draft.spec,
          outputs: outputsOf(draft, { to: baseBytes(MERCHANT, FRIEND) }),
        }),
      },
    ],
    [
      'the owner of another input than the first',
      STRANGER.address(0),
      alsoSpends(STRANGER, STRANGER.addressBytes(0)),
    ],
    [
      'the owner of the stake of an input whose key is another’s',
      baseOf(FRIEND, STAKE),
      alsoSpends(STRANGER, baseBytes(STRANGER, STAKE)),
    ],
    [
      'the owner of the stake of collateral, which no script can take here',
      baseOf(FRIEND, STAKE),
      {
        transaction: async ({ spec, world, source }) => {
          const address = addressText(baseBytes(STRANGER, STAKE));
          const { outRef } = await world.fund(address, { lovelace: source.lovelace });
          const named = cbor.array([cbor.bytes(Buffer.from(outRef.txHash, 'hex')), cbor.int(outRef.index)]);
          return { ...spec, body: { 13: cbor.set([named]) }, signers: [PAYER, STRANGER] };
        },
      },
    ],
    ['the address that gets the change', STRANGER.address(0), changeTo(STRANGER.addressBytes(0))],
    [
      'the owner of the stake of the change',
      addressText(baseBytes(STRANGER, STAKE)),
      changeTo(baseBytes(PAYER, STAKE)),
    ],
    [
      'a Byron address that gets the change',
      addressText(byronAddressOf(STRANGER, 0).bytes),
      changeTo(byronAddressOf(STRANGER, 0).bytes),
    ],
    [
      'a signer that spends nothing',
      STRANGER.keyHash,
      { transaction: ({ spec }) => ({ ...spec, signers: [PAYER, STRANGER] }) },
    ],
  ])('%s', async (_, name, changes) => {
    const request = await harness.pay(changes);
    expect(await verify(api, request)).toMatchObject({ isValid: true });
    await deny(name);
    const expected = { invalidReason: DENIED, payer: PAYER.address(0) };
    const refused = await verify(api, request);
    expect(refused).toMatchObject({ isValid: false, ...expected });
    expect(refused).not.toHaveProperty('extra');
    expect(refused.invalidMessage).toBe('payer, payTo or another party is not served here');
    const answer = await settle(api, request);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ success: false, errorReason: DENIED, transaction: '' });
    expect(await harness.journal.read(NETWORK, txHashOf(request))).toEqual({ ok: true, value: undefined });
  });

  test('the seller of an escrow, whom payTo does not name', async () => {
    const request = await masumiPaymentOn(worldOf(harness.devnet));
    expect(await verify(api, request)).toMatchObject({ isValid: true });
    await deny(SELLER.address(0));
    expect((await verify(api, request)).invalidReason).toBe(DENIED);
    expect((await settle(api, request)).body).toMatchObject({ errorReason: DENIED });
  });

  test('a stranger’s denial refuses no other, not even with half of the same address', async () => {
    await deny(STRANGER.address(0), FRIEND.keyHash);
    expect(await verify(api, await harness.pay())).toMatchObject({ isValid: true });
  });

  test('what another rule refuses is told by that rule: the list is not read with payments that cost nothing', async () => {
    await deny(PAYER.keyHash);
    const unsigned = await harness.pay({
      transaction: ({ spec }) => ({ ...spec, signers: [STRANGER] }),
    });
    const { invalidReason } = await verify(api, unsigned);
    expect(invalidReason).not.toBe(DENIED);
    expect(invalidReason).toBeTypeOf('string');
  });

  test('two replicas refuse at once; what was verified before is refused at settle, and nothing is claimed', async () => {
    const second = await startScreening();
    const request = await harness.pay();
    expect(await verify(api, request)).toMatchObject({ isValid: true });
    await deny(PAYER.address(0));
    const answers = await Promise.all([settle(api, request), settle(second, request)]);
    for (const { body } of answers) expect(body).toMatchObject({ success: false, errorReason: DENIED });
    expect(await harness.journal.read(NETWORK, txHashOf(request))).toEqual({ ok: true, value: undefined });
    const denied = createDeniedParties(harness.redis);
    await denied.allow({ entry: PAYER.address(0), credentials: [PAYER.keyHash] });
    for (const replica of [api, second])
      expect(await verify(replica, request)).toMatchObject({ isValid: true });
  });

  test('a payment that was claimed before is not judged again: its caller learns how it ends', async () => {
    const request = await harness.pay();
    const { body } = await settle(api, request);
    const txHash = parseTxHash(String(body.transaction));
    expect(txHash).toBe(txHashOf(request));
    await deny(PAYER.keyHash, MERCHANT.keyHash);
    expect((await settle(api, request)).status).toBe(202);
    expect((await verify(api, await harness.pay())).invalidReason).toBe(DENIED);
  });

  test('an operator sees how many were denied, and for what code', async () => {
    await deny(PAYER.keyHash);
    const before = await scrape(api.url);
    await verify(api, await harness.pay());
    const after = await scrape(api.url);
    const labels = { network: NETWORK, outcome: 'denied' };
    expect(after.value('screenings_total', labels)).toBe((before.value('screenings_total', labels) ?? 0) + 1);
  });
});

describe('screening.denyFile', () => {
  test('denies from the start, by entries of every form', async () => {
    const { path } = await denyFile(`# ours\n${baseOf(PAYER, STAKE)} # since March\n`);
    const api = await startScreening({ X402_SCREENING__DENY_FILE: path });
    expect((await verify(api, await harness.pay())).invalidReason).toBe(DENIED);
    expect((await scrape(api.url)).value('screening_deny_file_entries', {})).toBe(1);
  });

  test('a malformed file, and one that is not there, stop the start and say why', async () => {
    const { path, folder } = await denyFile(`${PAYER.keyHash}\n\nMallory\n`);
    await expect(startScreening({ X402_SCREENING__DENY_FILE: path })).rejects.toThrow(
      `screening.denyFile: ${path}: line 3: expected an address (addr…, stake… or base58) or 56 hex characters, found "Mallory"`,
    );
    await expect(startScreening({ X402_SCREENING__DENY_FILE: join(folder, 'none.txt') })).rejects.toThrow(
      'ENOENT',
    );
  });

  test('is read again when a mounted folder is swapped by its symlink; a malformed version leaves the one before in force', async () => {
    const { folder } = await denyFile('');
    /** As Kubernetes swaps the data of a ConfigMap. */
    let count = 0;
    const swap = async (text: string) => {
      count += 1;
      const version = join(folder, `version-${count}.txt`);
      await writeFile(version, text);
      await symlink(version, join(folder, 'next'));
      await rename(join(folder, 'next'), join(folder, 'mounted.txt'));
    };
    await swap('# empty\n');
    const api = await startScreening({ X402_SCREENING__DENY_FILE: join(folder, 'mounted.txt') });
    const request = await harness.pay();
    const reasonIs = (reason: string | undefined) =>
      waitUntil(async () => (await verify(api, request)).invalidReason === reason, {
        what: `the verdict to be ${reason}`,
      });
    const outdatedIs = (value: number) =>
      waitUntil(async () => (await scrape(api.url)).value('screening_deny_file_outdated', {}) === value, {
        what: `screening_deny_file_outdated to be ${value}`,
      });
    await reasonIs(undefined);
    await swap(`${PAYER.keyHash}\n`);
    await reasonIs(DENIED);

    await swap(`${STRANGER.keyHash}\nMallory\n`);
    await outdatedIs(1);
    expect((await verify(api, request)).invalidReason).toBe(DENIED);
    const told = api.log.filter((line) => JSON.stringify(line).includes('the deny-list cannot be read'));
    expect(told).toMatchObject([{ metadata: { problem: expect.stringContaining('line 2: expected') } }]);

    await rm(join(folder, 'mounted.txt'));
    await waitUntil(() => api.log.some(({ metadata }) => JSON.stringify(metadata)?.includes('ENOENT')), {
      what: 'the missing file to be told',
    });
    expect((await verify(api, request)).invalidReason).toBe(DENIED);

    await swap(`${STRANGER.keyHash}\n`);
    await outdatedIs(0);
    await reasonIs(undefined);
    await swap(`#${'z'.repeat(16 * 1_048_576)}`);
    await outdatedIs(1);
    await symlink(join(folder, `version-${count - 1}.txt`), join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'mounted.txt'));
    await outdatedIs(0);
    expect(await verify(api, request)).toMatchObject({ isValid: true });
  });
});

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
    const request = await harness.pay();
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
    const request = await harness.pay();
    expect(await verify(api, request)).toMatchObject({ isValid: true });
    denied = true;
    expect((await settle(api, request)).body).toMatchObject({ success: false, errorReason: DENIED });
    expect(service.questions).toHaveLength(2);
    expect(await harness.journal.read(NETWORK, txHashOf(request))).toEqual({ ok: true, value: undefined });
  });

  test('is not asked by payments that a rule or a list refuses', async () => {
    const service = await serviceOfTest(json({ denied: false }));
    const api = await asking(service.url);
    const tooLittle = await harness.pay({ requirements: { amount: '9000000' } });
    expect(await verify(api, tooLittle)).toMatchObject({ isValid: false });
    await deny(PAYER.keyHash);
    expect((await verify(api, await harness.pay())).invalidReason).toBe(DENIED);
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
      hostile = answer;
      const request = await harness.pay();
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
      expect(await harness.journal.read(NETWORK, txHashOf(request))).toEqual({ ok: true, value: undefined });
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
      requests.push(await harness.pay({ transaction }));
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
  }, 30_000);

  test('its secret and its words are in no log', async () => {
    const service = await serviceOfTest(json({ denied: 'Mallory is wanted' }));
    const api = await asking(service.url);
    expect((await verify(api, await harness.pay())).invalidReason).toBe(UNAVAILABLE);
    const log = JSON.stringify(api.log);
    expect(log).toContain('the screening service gave no answer');
    expect(log).not.toContain('Mallory');
    expect(log).not.toContain('of-the-test');
  });
});
