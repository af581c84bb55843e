import { createKeyStore, type KeyStore, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { useJournal } from '@x402-facilitator/journal/testing';
import { loadGoodConfig } from '@x402-facilitator/shared/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { runOps } from '../src/ops/index.js';

const harness = useJournal();
let keys: KeyStore;
beforeEach(() => {
  keys = createKeyStore(harness.redis);
});

async function ops(...args: readonly string[]) {
  const { host, port, db } = redisSettingsFromUrl(harness.url);
  const told = { out: [] as string[], err: [] as string[] };
  const code = await runOps({
    args: ['keys', ...args],
    readConfig: () =>
      loadGoodConfig({
        tier: 'worker',
        readFile: () => '{}',
        env: {
          X402_ENV: 'test',
          X402_CHAIN__BLOCKFROST__URL: 'http://127.0.0.1:9/api/v0',
          X402_CHAIN__REDIS__HOST: host,
          X402_CHAIN__REDIS__PORT: String(port),
          X402_CHAIN__REDIS__DB: String(db ?? 0),
          X402_SECURITY__API_KEYS: JSON.stringify([{ name: 'configured', sha256: 'ab'.repeat(32) }]),
        },
      }).config,
    out: (text) => told.out.push(text),
    err: (text) => told.err.push(text),
    now: Date.now,
  });
  return { code, out: told.out.join('\n'), err: told.err.join('\n') };
}
const settings = async (name = 'shop') => (await keys.read(name))?.settings;

it('a secret is told once, alone, and never shown again', async () => {
  const made = await ops('create', 'shop');
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^x402_[\w-]{43}$/) });
  expect(made.err).toContain('key shop is made. Its secret is told here and never again');
  expect(made.err).toContain('security.storedKeys is false here');
  const later = [await ops('list', '--json'), await ops('list'), await ops('show', 'shop', '--json')];
  expect(JSON.stringify(later)).not.toContain(made.out.slice(5));
});

describe('the settings of a key', () => {
  it('are made and changed by options', async () => {
    await ops(
      ...['create', 'shop', '--no-public', '--redemption', 'resume', '--allow-network', 'preview'],
      ...['--allow-network', 'cardano:preprod', '--allow-asset', 'lovelace', '--sponsorship', '5000000'],
      ...['--quota', 'preview/settlements/day=10', '--quota', 'preview/settlements/month=100'],
      ...['--quota', 'preview/verifications/day=20', '--quota', 'preprod/lovelace/month=90071992547409930'],
      ...['--rate-limit', 'sensitive=3000', '--rate-limit', 'waits=5'],
    );
    expect(await settings()).toEqual({
      public: false,
      redemption: 'resume',
      allowed: { networks: ['cardano:preview', 'cardano:preprod'], assets: ['lovelace'] },
      sponsorshipLovelacePerDay: 5_000_000,
      rateLimit: { sensitive: 3000, waits: 5 },
      quotas: {
        'cardano:preview': { settlements: { day: 10, month: 100 }, verifications: { day: 20 } },
        'cardano:preprod': { volume: { lovelace: { month: '90071992547409930' } } },
      },
    });
    const changed = await ops(
      ...['set', 'shop', '--public', '--redemption', 'default', '--allow-network', 'any'],
      ...['--quota', 'preview/settlements/day=none', '--quota', 'preprod/lovelace/month=none'],
      ...['--sponsorship', 'default', '--rate-limit', 'sensitive=default'],
    );
    expect(changed.code).toBe(0);
    expect(await settings()).toEqual({
      public: true,
      allowed: { assets: ['lovelace'] },
      rateLimit: { waits: 5 },
      quotas: { 'cardano:preview': { settlements: { month: 100 }, verifications: { day: 20 } } },
    });
  });

  it.each([
    [['create']],
    [['create', 'a b']],
    [['create', 'x', '--quota', 'preview/settlements=5']],
    [['create', 'x', '--quota', 'preview/settlements/week=5']],
    [['create', 'x', '--quota', 'moon/settlements/day=5']],
    [['create', 'x', '--quota', 'preview/ADA/day=5']],
    [['create', 'x', '--quota', 'preview/settlements/day=9007199254740992']],
    [['create', 'x', '--rate-limit', 'waits=many']],
    [['create', 'x', '--redemption', 'twice']],
    [['create', 'x', '--allow-pay-to', 'addr_test1nope']],
    [['create', 'x', '--sponsorship', '-1']],
    [['create', 'x', '--admin', '--no-public']],
    [['set', 'shop']],
    [['revoke', 'shop']],
    [['rotate', 'shop', '--overlap', 'soon']],
    [['sell', 'shop']],
    [[]],
  ])('are not understood: %j', async (args) => {
    await keys.create({ name: 'shop', role: 'caller' });
    expect((await ops(...args)).code).toBe(2);
    expect((await keys.list()).keys).toHaveLength(1);
  });
});

it('an admin’s key is made here, and a lost one replaced', async () => {
  const lost = await ops('create', 'boss', '--admin');
  expect((await keys.read('boss'))?.role).toBe('admin');
  const replaced = await ops('rotate', 'boss', '--overlap', '0s');
  expect(replaced.err).toContain('the one before has ended');
  expect(replaced.out).not.toBe(lost.out);
  expect((await keys.read('boss'))?.digests).toHaveLength(1);
});

it('tells what every key is, and what one used', async () => {
  expect((await ops('list')).out).toBe('no key is stored');
  await ops('create', 'shop', '--no-public');
  await ops('rotate', 'shop');
  await ops('create', 'old');
  await ops('revoke', 'old', '--reason', 'moved away');
  await harness.redis.hset('{x402}:keys', 'odd', '{}');
  const listed = await ops('list');
  expect(listed.out).toMatch(/^old {2}caller, public, revoked at 20.*: moved away$/m);
  expect(listed.out).toMatch(/^shop {2}caller, private, old secret until 20/m);
  expect(listed.err).toBe('odd: stored as this version cannot read it');
  expect((await ops('show', 'shop')).out).toContain(
    'cardano:preview: 0 verifications, 0 settlements (0 confirmed)',
  );
});

it.each([
  [['create', 'configured'], 'security.apiKeys lists a key named configured'],
  [['create', 'old'], 'exists, or was revoked'],
  [['set', 'old', '--public'], 'was revoked'],
  [['rotate', 'old'], 'was revoked'],
  [['show', 'nobody'], 'no key is named "nobody"'],
  [['revoke', 'nobody', '--reason', 'x'], 'no key is named "nobody"'],
])('%j cannot be done, and says why', async (args, why) => {
  await keys.create({ name: 'old', role: 'caller' });
  await keys.revoke('old', 'x');
  expect(await ops(...args)).toMatchObject({ code: 1, err: expect.stringContaining(why) });
});
