import { HTTPFacilitatorClient } from '@x402/core/http';
import { x402ResourceServer } from '@x402/core/server';
import {
  bazaarResourceServerExtension,
  declareDiscoveryExtension,
  withBazaar,
} from '@x402/extensions/bazaar';
import { CardanoFacilitatorClient, ExactCardanoScheme } from '@x402-facilitator/server';
import { payments } from '@x402-facilitator/server/fastify';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type FundedPayer, fundPayer } from '@x402-facilitator/tools/stack';
import fastify from 'fastify';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

const stack = useStack({
  apis: 2,
  workers: 2,
  settings: { X402_DISCOVERY__ENABLED: 'true', X402_DISCOVERY__ALLOW_LOCAL: 'true' },
});

const api = (at = 0) => replica(stack().apis, at).url;
const shop = () => replica(stack().paywalls).url;
const bazaar = (at = 0) => withBazaar(new HTTPFacilitatorClient({ url: api(at) })).extensions.bazaar;
const statusOf = async (url: string, at = 0) =>
  (await get(`${api(at)}/discovery/status?resource=${encodeURIComponent(url)}`)).body;
const untilListed = (url: string, at: number) =>
  waitUntil(async () => (await statusOf(url, at)).status === 'listed', { what: `${url} to be listed` });

let payer: FundedPayer;
beforeAll(async () => {
  payer = await fundPayer(stack(), { outputs: 20 });
});

describe('the public extension', () => {
  it('finds a paid resource of the demo by its own client, and one that is not listed says why', async () => {
    const { network, payTo } = stack();
    expect(await bazaar().listResources()).toMatchObject({ items: [], pagination: { total: 0 } });
    expect((await payer.fetch(`${shop()}/weather?when=now`)).status).toBe(200);
    expect((await payer.fetch(`${shop()}/report`)).status).toBe(200);

    await untilListed(`${shop()}/weather`, 1);
    for (const replica of [0, 1]) {
      await untilListed(`${shop()}/weather`, replica);
      const { items } = await bazaar(replica).listResources({
        type: 'http',
        network,
        scheme: 'exact',
        payTo,
      });
      expect(items).toMatchObject([
        {
          resource: `${shop()}/weather`,
          type: 'http',
          x402Version: 2,
          accepts: [{ scheme: 'exact', network, asset: 'lovelace', amount: '2000000', payTo }],
          extensions: { bazaar: { info: { input: { type: 'http', method: 'GET' } } } },
        },
      ]);
    }
    const { resources } = await bazaar().search({ query: 'the weather, please' });
    expect(resources.map(({ resource }) => resource)).toEqual([`${shop()}/weather`]);
    expect((await bazaar().search({ query: 'concerts' })).resources).toEqual([]);
    expect((await bazaar().listResources({ network: 'cardano:mainnet' })).items).toEqual([]);

    expect(await statusOf(`${shop()}/report`)).toMatchObject({
      status: 'not_listed',
      reason: { code: 'not_declared' },
    });
    expect(await statusOf(`${shop()}/archive`)).toMatchObject({ reason: { code: 'never_settled' } });
  });

  it('declares for a seller of ours, unchanged: a search with a query, and a route with parameters', async () => {
    const { network, payTo } = stack();
    const cardano = new ExactCardanoScheme();
    const server = new x402ResourceServer(new CardanoFacilitatorClient({ url: api() }))
      .register(network, cardano)
      .registerExtension(bazaarResourceServerExtension);
    const accepts = cardano.accepts({
      network,
      payTo,
      price: { asset: 'lovelace', amount: '2000000' },
      confirmations: 0,
    });
    const app = fastify({ http: { maxHeaderSize: 65_536 } });
    onTestFinished(() => app.close());
    await app.register(payments, {
      server,
      routes: {
        'POST /search': {
          accepts,
          description: 'Finds stations',
          extensions: declareDiscoveryExtension({
            bodyType: 'json',
            input: { query: 'Bern' },
            inputSchema: { properties: { query: { type: 'string' } }, required: ['query'] },
            output: { example: { stations: [] } },
          }),
        },
        'GET /stations/[station]': {
          accepts,
          description: 'One station',
          extensions: declareDiscoveryExtension({
            pathParamsSchema: { properties: { station: { type: 'string' } }, required: ['station'] },
          }),
        },
      },
    });
    app.post('/search', async () => ({ stations: [] }));
    app.get('/stations/:station', async () => ({ snow: 1 }));
    const url = await app.listen({ host: '127.0.0.1', port: 0 });

    const body = JSON.stringify({ query: 'Thun' });
    const headers = { 'content-type': 'application/json' };
    expect((await payer.fetch(`${url}/search`, { method: 'POST', body, headers })).status).toBe(200);
    for (const station of ['bern', 'thun'])
      expect((await payer.fetch(`${url}/stations/${station}`)).status).toBe(200);
    await untilListed(`${url}/search`, 0);
    await untilListed(`${url}/stations/chur`, 0);
    const { items } = await bazaar().listResources({ extensions: 'bazaar' });
    const ours = items.filter(({ resource }) => resource.startsWith(url)).map(({ resource }) => resource);
    expect(ours.sort()).toEqual([`${url}/search`, `${url}/stations/:station`]);
  });
});

const url = 'https://operators.example/data';

it('a worker killed as a payment settles loses no listing', async () => {
  const { request, transaction } = await signPayment(stack(), payer, { resource: url, confirmations: 1 });
  const declared = {
    ...request,
    paymentPayload: {
      ...request.paymentPayload,
      extensions: declareDiscoveryExtension({ output: { example: { a: 1 } } }) as Record<string, unknown>,
    },
  };
  Object.assign((declared.paymentPayload.extensions.bazaar as { info: { input: object } }).info.input, {
    method: 'GET',
  });
  const accepted = await post(`${api()}/settle`, declared, { prefer: 'respond-async' });
  expect(accepted.status).toBe(202);
  const [worker] = stack().workers;
  worker?.process.signal('SIGKILL');
  await waitUntil(async () => (await get(`${api()}/status/${transaction}`)).body.status === 'confirmed', {
    what: 'the payment to be confirmed',
  });
  await untilListed(url, 0);
  await untilListed(url, 1);
  // A lease of the killed worker runs out first.
});

it('an operator hides a listing on all replicas, and shows it again', async () => {
  const ops = (...args: readonly string[]) => runOps(stack().settings, 'discovery', ...args);
  expect((await ops('list')).out).toContain(`${url} on cardano:preview: paid `);
  expect(await ops('delist', `${url}?x=1`, '--reason', 'complaints')).toMatchObject({
    code: 0,
    out: expect.stringContaining(url),
  });
  for (const at of [0, 1])
    await waitUntil(async () => (await statusOf(url, at)).status === 'not_listed', { what: `${url} to go` });
  expect(await statusOf(url)).toMatchObject({
    reason: { code: 'delisted_by_operator', message: expect.stringContaining('complaints') },
  });
  expect((await bazaar().listResources()).items.map(({ resource }) => resource)).not.toContain(url);
  expect(JSON.parse((await ops('list', '--json')).out)).toMatchObject({
    delistings: [{ target: url, reason: 'complaints' }],
  });
  expect((await ops('allow', url)).out).toBe(`${url}: allowed again\n`);
  expect((await ops('allow', url)).out).toBe(`${url}: was not delisted\n`);
  await untilListed(url, 1);
  expect(await ops('delist', url)).toMatchObject({ code: 2, err: expect.stringContaining('--reason TEXT') });
  expect(await ops('delist', 'x', '--reason', 'y')).toMatchObject({ code: 2 });
  expect(await ops()).toMatchObject({ code: 2, err: expect.stringContaining('discovery list') });
});
