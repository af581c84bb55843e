import { startDevnet } from '@x402-facilitator/devnet';
import { expect, onTestFinished, test } from 'vitest';
import { startHarness } from './support/harness.js';
import { post, send } from './support/requests.js';

/** An API whose fallback is Koios on the devnet's ledger. By default the primary is the devnet itself. */
async function apiWith(primaryUrl?: string) {
  const harness = await startHarness();
  onTestFinished(() => harness.close());
  const fallback = await startDevnet({ ledgerOf: harness.devnet });
  onTestFinished(() => fallback.close());
  const api = await harness.startApi({
    ...(primaryUrl === undefined ? {} : { X402_CHAIN__BLOCKFROST__URL: primaryUrl }),
    X402_CHAIN__FALLBACKS: JSON.stringify([{ type: 'koios', url: fallback.koiosUrl }]),
  });
  const chainOf = async () => {
    const { status, body } = await send(`${api.url}/health`);
    const { chain } = body.dependencies as { chain: Record<string, unknown> };
    return { httpStatus: status, word: body.status, ...(chain['cardano:preview'] as object) };
  };
  const verify = async () => post(`${api.url}/verify`, await harness.pay());
  return { harness, chainOf, verify };
}

test('/health names a primary that cannot be reached, and /verify still answers', async () => {
  const { harness, chainOf, verify } = await apiWith('http://127.0.0.1:9/api/v0');
  await expect.poll(chainOf).toMatchObject({
    httpStatus: 200,
    word: 'degraded',
    status: 'up',
    providers: [
      { name: 'blockfrost', state: 'down', message: expect.stringContaining('connection_failed') },
      { name: 'koios-2', state: 'up', tipHeight: harness.devnet.ledger.chain.tip.height },
    ],
  });
  expect(await verify()).toMatchObject({ status: 200, body: { isValid: true } });
});

test('/health names a primary of another network, and its facts are never used', async () => {
  const preprod = await startDevnet({ blockMs: 0, network: 'preprod' });
  onTestFinished(() => preprod.close());
  const { chainOf, verify } = await apiWith(preprod.url);
  await expect.poll(chainOf).toMatchObject({
    status: 'up',
    providers: [{ state: 'wrong_network', message: 'serves another network' }, { state: 'up' }],
  });
  preprod.requests.clear();
  expect(await verify()).toMatchObject({ status: 200, body: { isValid: true } });
  expect(preprod.requests.snapshot().total).toBe(0);
});

test('/health names a primary that bans us from the first refused call on', async () => {
  const { harness, chainOf, verify } = await apiWith();
  await expect.poll(chainOf).toMatchObject({ providers: [{ state: 'up' }, { state: 'up' }] });
  harness.devnet.faults.add({ kind: 'status', status: 418, operation: '*', probability: 1, when: 'before' });
  onTestFinished(() => harness.devnet.faults.clear());
  expect(await verify()).toMatchObject({ body: { isValid: true } });
  await expect.poll(chainOf).toMatchObject({
    providers: [{ state: 'banned', message: 'has banned us for flooding (418)' }, { state: 'up' }],
  });
});
