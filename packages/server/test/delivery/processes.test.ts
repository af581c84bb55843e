import { startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { show, signFor } from '../support/buyer.js';
import { runsFile, startRedisShop } from '../support/start-redis-shop.js';
import { useProxy, useWorld } from '../support/world.js';

const world = useWorld();
let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

it('two processes of a shop run the handler once for ten requests with one payment', async () => {
  const runs = runsFile();
  const facilitatorUrl = world.stack().apis[0]?.url ?? '';
  const options = { facilitatorUrl, redisUrl: redis.url, runs: runs.path };
  const shops = await Promise.all([1, 2].map(() => startRedisShop(world.stack(), options)));
  const paid = await signFor(world.stack(), `${shops[0]?.url}/report`);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => show(`${shops[index % 2]?.url}/report`, paid.header)),
  );
  expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(200);
  expect(runs.lines()).toEqual(['/report']);
  expect(await world.stack().control.submission(paid.txHash)).toMatchObject({ submitted: 1 });
});

it('a process that is killed between settlement and answer has made and sold once: another one answers', async () => {
  const runs = runsFile();
  const proxy = await useProxy(world.stack().apis[0]?.url ?? '');
  const options = { facilitatorUrl: proxy.url, redisUrl: redis.url, runs: runs.path };
  const doomed = await startRedisShop(world.stack(), options);
  const paid = await signFor(world.stack(), `${doomed.url}/report`);
  // The facilitator has handed the success out, and records that; it never gets to the shop.
  proxy.plan((path) => (path === '/settle' ? { kind: 'late', ms: 60_000 } : { kind: 'pass' }));
  const answered = new Promise<void>((resolve) =>
    proxy.whenAnswered((path) => {
      if (path === '/settle') resolve();
    }),
  );
  const broken = show(`${doomed.url}/report`, paid.header).catch(() => 'broken');
  await answered;
  doomed.process.signal('SIGKILL');
  expect(await broken).toBe('broken');
  expect(runs.lines()).toEqual(['/report']);

  proxy.plan(() => ({ kind: 'pass' }));
  const heir = await startRedisShop(world.stack(), options);
  const { status, body } = await show(`${heir.url}/report`, paid.header);
  expect(`${status} ${body}`).toMatch(/^200 .*"made":"\/report"/);
  expect(runs.lines()).toEqual(['/report']);
  expect(await world.stack().control.submission(paid.txHash)).toMatchObject({ submitted: 1 });
  // And again, from what is kept.
  expect((await show(`${heir.url}/report`, paid.header)).body.equals(body)).toBe(true);
});

it('a shop without its Redis runs no handler and takes no money, and says to come back', async () => {
  const runs = runsFile();
  const own = await startRedis();
  const facilitatorUrl = world.stack().apis[0]?.url ?? '';
  const shop = await startRedisShop(world.stack(), { facilitatorUrl, redisUrl: own.url, runs: runs.path });
  const paid = await signFor(world.stack(), `${shop.url}/report`);
  await own.stop();
  const { status, headers, body } = await show(`${shop.url}/report`, paid.header);
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('5');
  expect(JSON.parse(body.toString())).toMatchObject({ error: 'delivery_unavailable' });
  expect(runs.lines()).toEqual([]);
  expect(await world.stack().control.submission(paid.txHash)).toBeUndefined();
});
