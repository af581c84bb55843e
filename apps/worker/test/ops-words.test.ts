import {
  createDeniedParties,
  createKeyStore,
  createPauseSwitch,
  createRedisJournal,
} from '@x402-facilitator/journal';
import { claimOf, type RedisNode, startReplicated, txHash } from '@x402-facilitator/journal/testing';
import { configFrom } from '@x402-facilitator/shared/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runOps } from '../src/ops/index.js';

const NETWORK = 'cardano:preview';
const PARTY = 'ab'.repeat(28);
const NOT_THERE =
  /it is in force, but 0 of 1 replicas acknowledged it within 300 ms: a fail-over may take it back/;

let primary: RedisNode;
let replica: RedisNode;
let close: (() => Promise<void>) | undefined;
beforeEach(async () => {
  // One pair for all of them; the last test kills its primary.
  if (close === undefined) {
    const started = await startReplicated(1);
    const [first, second] = started.nodes;
    if (first === undefined || second === undefined) throw new Error('expected two nodes');
    [primary, replica, close] = [first, second, started.close];
    for (const name of ['shop', 'gone']) await createKeyStore(primary.redis).create({ name, role: 'caller' });
  }
  replica.signal('SIGCONT');
});
afterAll(() => close?.());

async function ops(...args: readonly string[]) {
  const lines = { out: '', err: '' };
  const durability = { replicas: 1, timeoutMs: 300 };
  const code = await runOps({
    args,
    readConfig: () =>
      configFrom({
        chain: { redis: { host: '127.0.0.1', port: primary.port, durability } },
        screening: { enabled: true },
        webhooks: { enabled: true, masterSecret: 'a master secret of thirty-two bytes' },
      }),
    out: (text) => {
      lines.out += `${text}\n`;
    },
    err: (text) => {
      lines.err += `${text}\n`;
    },
    now: Date.now,
  });
  return { code, ...lines };
}

const WORDS: readonly (readonly string[])[] = [
  ['deny', PARTY, '--reason', 'a court says so'],
  ['allow', PARTY],
  ['pause', '--reason', 'the provider lies'],
  ['resume'],
  ['drain', '--timeout', '0'],
  ['redeem', txHash(7), '--reason', 'the journal was lost'],
  ['discovery', 'delist', 'https://shop.test/x', '--reason', 'misleads'],
  ['discovery', 'allow', 'https://shop.test/x'],
  ['keys', 'set', 'shop', '--no-public'],
  ['keys', 'rotate', 'shop'],
  ['keys', 'revoke', 'gone', '--reason', 'stolen'],
  ['webhooks', 'set', 'shop', 'https://shop.test/told'],
  ['webhooks', 'rotate', 'shop'],
];

describe.each(
  WORDS.map((args) => ({
    command: args.slice(0, ['discovery', 'keys', 'webhooks'].includes(args[0] ?? '') ? 2 : 1).join(' '),
    args,
  })),
)('ops $command', ({ args }) => {
  it('says that it is done only once the replica that must acknowledge has it', async () => {
    // Until then the replica may still be behind: what it did last counts too.
    await expect.poll(() => ops(...args)).toMatchObject({ code: 0 });
    await replica.stop();
    const unheard = await ops(...args);
    expect(unheard).toMatchObject({ code: 1, err: expect.stringMatching(NOT_THERE) });
    expect(unheard.out).not.toMatch(
      /is denied,|no longer denied|: paused;|resumed|may collect|delisted within|allowed again|is revoked|x402_|whsec_/,
    );
  });
});

it('a word that a replica lacks is in force all the same, until a fail-over', async () => {
  await expect.poll(() => ops('resume')).toMatchObject({ code: 0 });
  await replica.stop();
  expect((await ops('pause')).code).toBe(1);
  expect((await ops('deny', PARTY, '--reason', 'a court says so')).code).toBe(1);
  const door = createPauseSwitch({ redis: primary.redis, network: NETWORK });
  expect(await door.read()).toMatchObject({ mode: 'paused' });
  expect(await createRedisJournal({ redis: primary.redis }).claim(claimOf(1))).toMatchObject({
    kind: 'paused',
  });
  expect(await createDeniedParties(primary.redis).isDenied([PARTY])).toBe(true);
});

it('what was said is there when the replica is promoted', async () => {
  await expect.poll(() => ops('deny', PARTY, '--reason', 'a court says so')).toMatchObject({ code: 0 });
  await expect.poll(() => ops('pause')).toMatchObject({ code: 0 });
  primary.signal('SIGKILL');
  await replica.redis.replicaof('NO', 'ONE');
  expect(await createDeniedParties(replica.redis).isDenied([PARTY])).toBe(true);
  expect(await createPauseSwitch({ redis: replica.redis, network: NETWORK }).read()).toMatchObject({
    mode: 'paused',
  });
});
