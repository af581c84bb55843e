import { createHash } from 'node:crypto';
import { createKeyStore } from '@x402-facilitator/journal';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyStore } from '../../src/keys/index.js';
import { useJournal } from '../support/harness.js';

const harness = useJournal();
let keys: KeyStore;
beforeEach(() => {
  keys = createKeyStore(harness.redis);
});

const digestOf = (secret: string) => createHash('sha256').update(secret).digest('hex');
async function made(name = 'shop', settings: unknown = {}) {
  const created = await keys.create({ name, role: 'caller', settings });
  if (!created.ok) throw new Error(created.error.message);
  return created.value;
}

describe('a key', () => {
  it('is stored by the digest of its secret alone', async () => {
    const { secret, key } = await made();
    expect(secret).toMatch(/^x402_[\w-]{43}$/);
    expect(key.digests).toEqual([{ sha256: digestOf(secret) }]);
    const everything = await Promise.all(
      (await harness.redis.keys('*')).map(async (name) =>
        JSON.stringify([await harness.redis.type(name), await harness.redis.dump(name)]),
      ),
    );
    expect(JSON.stringify([everything, await harness.redis.hgetall('{x402}:keys')])).not.toContain(
      secret.slice(5, 40),
    );
    expect(await keys.read('shop')).toEqual(key);
  });

  it.each(['', 'a:b', 'a b', 'ä', '-x', '../x', 'x\n', 'a'.repeat(65), '{x402}', '__proto__'])(
    'is not named %j',
    async (name) => {
      expect(await keys.create({ name, role: 'caller' })).toMatchObject({ error: { kind: 'invalid' } });
      expect((await keys.list()).keys).toEqual([]);
    },
  );

  it('has a name of its own, also after it was revoked', async () => {
    await made();
    expect(await keys.create({ name: 'shop', role: 'admin' })).toMatchObject({ error: { kind: 'taken' } });
    await keys.revoke('shop', 'left');
    expect(await keys.create({ name: 'shop', role: 'caller' })).toMatchObject({ error: { kind: 'taken' } });
  });

  it('is made once when many make it at the same time', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        createKeyStore(harness.connect()).create({ name: 'shop', role: 'caller' }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('has two digests while it is rotated, the older one with an end by the clock of Redis, and an older one no more', async () => {
    const first = await made();
    const second = await keys.rotate('shop', 60_000);
    if (!second.ok) throw new Error(second.error.message);
    const { nowMs } = await keys.look();
    const [present, before] = second.value.key.digests;
    expect(present).toEqual({ sha256: digestOf(second.value.secret) });
    expect(before?.sha256).toBe(digestOf(first.secret));
    expect(Math.abs(Number(before?.untilMs) - nowMs - 60_000)).toBeLessThan(5_000);
    const third = await keys.rotate('shop', 0);
    expect(third).toMatchObject({ value: { key: { digests: [{}] } } });
  });

  it('that was revoked stays so, with its reason', async () => {
    await made();
    expect(await keys.revoke('shop', 'stolen')).toMatchObject({ value: { revoked: { reason: 'stolen' } } });
    for (const outcome of [
      await keys.revoke('shop', 'again'),
      await keys.rotate('shop', 1),
      await keys.change('shop', { public: true }),
    ])
      expect(outcome).toMatchObject({ error: { kind: 'revoked' } });
    expect((await keys.read('shop'))?.revoked?.reason).toBe('stolen');
    expect(await keys.revoke('other', 'x')).toMatchObject({ error: { kind: 'unknown' } });
  });

  it('that this version cannot read is left as it is, and named', async () => {
    await made('fine');
    await harness.redis.hset('{x402}:keys', 'odd', '{"name":"odd"}');
    expect(await keys.list()).toMatchObject({ keys: [{ name: 'fine' }], unreadable: ['odd'] });
    expect(await keys.revoke('odd', 'x')).toMatchObject({ error: { kind: 'invalid' } });
    expect(await harness.redis.hget('{x402}:keys', 'odd')).toBe('{"name":"odd"}');
  });
});

describe('the settings of a key', () => {
  it('are changed by a merge patch', async () => {
    await made('shop', { quotas: { 'cardano:preview': { settlements: { day: 10, month: 100 } } } });
    const changed = await keys.change('shop', {
      public: false,
      allowed: { assets: ['lovelace'] },
      quotas: { 'cardano:preview': { settlements: { day: null }, volume: { lovelace: { day: '5' } } } },
    });
    expect(changed).toMatchObject({ ok: true });
    expect((await keys.read('shop'))?.settings).toEqual({
      public: false,
      allowed: { assets: ['lovelace'] },
      quotas: { 'cardano:preview': { settlements: { month: 100 }, volume: { lovelace: { day: '5' } } } },
    });
    await keys.change('shop', { allowed: { assets: null }, quotas: { 'cardano:preview': null } });
    expect((await keys.read('shop'))?.settings).toEqual({ public: false, allowed: {}, quotas: {} });
  });

  it('keep every one of many changes at once', async () => {
    await made();
    const changes = ['assets', 'payTos', 'networks'].map((name) =>
      createKeyStore(harness.connect()).change('shop', { allowed: { [name]: [] } }),
    );
    expect((await Promise.all(changes)).every(({ ok }) => ok)).toBe(true);
    expect((await keys.read('shop'))?.settings.allowed).toEqual({ assets: [], payTos: [], networks: [] });
  });

  it.each([
    ['an unknown member', { admin: true }],
    ['a network that does not exist', { quotas: { 'cardano:moon': { settlements: { day: 1 } } } }],
    ['an asset that is none', { allowed: { assets: ['ADA'] } }],
    ['an address that is none', { allowed: { payTos: ['addr_test1nope'] } }],
    ['a negative quota', { quotas: { 'cardano:preview': { settlements: { day: -1 } } } }],
    ['a quota that is not exact', { quotas: { 'cardano:preview': { settlements: { day: 1e300 } } } }],
    ['a volume as a number', { quotas: { 'cardano:preview': { volume: { lovelace: { day: 5 } } } } }],
    [
      'a volume with a leading zero',
      { quotas: { 'cardano:preview': { volume: { lovelace: { day: '05' } } } } },
    ],
    ['another prototype', JSON.parse('{"__proto__":{"public":false}}')],
    ['no object', 'public'],
  ])('refuse %s', async (_what, patch) => {
    await made();
    const before = await keys.read('shop');
    expect(await keys.change('shop', patch)).toMatchObject({ error: { kind: 'invalid' } });
    expect(await keys.read('shop')).toEqual(before);
  });
});

it('a replica sees that something changed', async () => {
  const looks = [await keys.look()];
  await made();
  looks.push(await keys.look());
  await keys.change('shop', { public: false });
  looks.push(await keys.look());
  await keys.revoke('shop', 'x');
  looks.push(await keys.look());
  expect(new Set(looks.map(({ revision }) => revision)).size).toBe(4);
  expect((await keys.look()).revision).toBe(looks[3]?.revision);
});
