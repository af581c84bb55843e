import { generateSeedPhrase, signData, walletFromSeed } from '@lucid-evolution/lucid';
import { parseAddress, toHex } from '@x402-facilitator/cardano';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Harness, startHarness, transactionIn } from './support/harness.js';
import { post, send } from './support/requests.js';
import type { RunningApi } from './support/start-api.js';

let harness: Harness;
let api: RunningApi;

beforeAll(async () => {
  harness = await startHarness();
  api = await harness.startApi({ X402_DISCOVERY__ENABLED: 'true' });
});

afterAll(() => harness.close());

const CONFIRMED = ['submitting', 'submitted', 'included', 'confirmed'] as const;
const RESOURCE = 'https://seller.example/data';
const DECLARED = {
  info: { input: { type: 'http', method: 'GET' } },
  schema: { properties: { input: { type: 'object' } } },
};

function newSeller() {
  const { paymentKey, address } = walletFromSeed(generateSeedPhrase(), { network: 'Preview' });
  const parsed = parseAddress(address);
  if (!parsed.ok) throw new Error(parsed.error);
  const { bytes } = parsed.value;
  return {
    address,
    bytes,
    /** As a wallet in a browser signs. */
    sign: (text: string) => signData(toHex(bytes), Buffer.from(text).toString('hex'), paymentKey),
  };
}
type Seller = ReturnType<typeof newSeller>;

async function settle(seller: Seller) {
  const request = await harness.pay({
    requirements: { payTo: seller.address },
    transaction: ({ spec }) => {
      const [paid, ...others] = spec.outputs;
      if (paid === undefined) throw new Error('expected an output, found none');
      return { ...spec, outputs: [{ ...paid, address: seller.bytes }, ...others] };
    },
  });
  const { body } = await post(
    `${api.url}/settle`,
    {
      ...request,
      paymentPayload: {
        ...request.paymentPayload,
        resource: { url: RESOURCE },
        extensions: { bazaar: DECLARED },
      },
    },
    { prefer: 'respond-async' },
  );
  await harness.advance(transactionIn(body), ...CONFIRMED);
}

type Said = { action: string; resource: string; network: string; payTo: string; at: string };
const wordOf = (seller: Seller, changes: Partial<Said> = {}): Said => ({
  action: 'withdraw',
  resource: RESOURCE,
  network: 'cardano:preview',
  payTo: seller.address,
  at: new Date().toISOString(),
  ...changes,
});
const textOf = ({ action, resource, network, payTo, at }: Said) =>
  `x402 discovery: ${action} ${resource} on ${network} for ${payTo} at ${at}`;
const say = (word: Said, signer: Seller, text = textOf(word)) =>
  post(`${api.url}/discovery/word`, { ...word, ...signer.sign(text) });
const status = async () => (await send(`${api.url}/discovery/status?resource=${RESOURCE}`)).body;
const untilStatus = (expected: object) =>
  vi.waitFor(async () => expect(await status()).toMatchObject(expected), { timeout: 60_000 });

test('a seller withdraws its listing by its key, keeps it so over payments, and restores it', async () => {
  const seller = newSeller();
  await settle(seller);
  await untilStatus({ status: 'listed' });
  const word = wordOf(seller);
  expect(await say(word, seller)).toMatchObject({ status: 200, body: { changed: 1 } });
  await untilStatus({ status: 'not_listed', reason: { code: 'withdrawn_by_seller' } });
  await settle(seller);
  expect((await send(`${api.url}/discovery/resources`)).body.items).toEqual([]);

  const restored = wordOf(seller, { action: 'restore' });
  expect(await say(restored, seller)).toMatchObject({ status: 200, body: { changed: 1 } });
  await untilStatus({ status: 'listed' });
  // The first word, heard by a stranger and sent again.
  expect(await say(word, seller)).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('last word') },
  });
  await untilStatus({ status: 'listed' });

  const stranger = newSeller();
  const attacks: readonly (readonly [string, Said, Seller, string?])[] = [
    ['a stranger’s key', wordOf(seller), stranger],
    [
      'another action than the signed one',
      wordOf(seller),
      seller,
      textOf(wordOf(seller, { action: 'restore' })),
    ],
    [
      'another resource than the signed one',
      wordOf(seller),
      seller,
      textOf(wordOf(seller, { resource: 'https://x.example/' })),
    ],
    ['an old word', wordOf(seller, { at: new Date(Date.now() - 3_600_000).toISOString() }), seller],
    ['a word of tomorrow', wordOf(seller, { at: new Date(Date.now() + 86_400_000).toISOString() }), seller],
    ['a network that is not served', wordOf(seller, { network: 'cardano:mainnet' }), seller],
    ['a private URL', wordOf(seller, { resource: 'https://localhost/' }), seller],
    ['no address', wordOf(seller, { payTo: 'addr_test1x' }), seller],
    ['no action', wordOf(seller, { action: 'delete' }), seller],
  ];
  for (const [what, said, signer, text] of attacks)
    expect((await say(said, signer, text)).status, what).toBe(400);
  expect((await say(wordOf(stranger), stranger)).status).toBe(404);
  const signed = seller.sign(textOf(wordOf(seller)));
  const damaged = { ...wordOf(seller), ...signed, signature: `${signed.signature.slice(0, -2)}00` };
  expect((await post(`${api.url}/discovery/word`, damaged)).status).toBe(400);
  expect(
    (await post(`${api.url}/discovery/word`, { ...wordOf(seller), signature: 'zz', key: '00' })).status,
  ).toBe(400);
  await untilStatus({ status: 'listed' });
});
