import { expect, it } from 'vitest';
import { parseRedisUrl } from '../../src/stack/redis-address.js';

it('a bare URL means port 6379 and database 0', () => {
  expect(parseRedisUrl('redis://127.0.0.1')).toEqual({ host: '127.0.0.1', port: 6379, db: 0, tls: false });
});

it('credentials are decoded, the path is the database, rediss is TLS', () => {
  expect(parseRedisUrl('rediss://us%40er:p%3Aw@redis.example:6380/7')).toEqual({
    host: 'redis.example',
    port: 6380,
    db: 7,
    tls: true,
    username: 'us@er',
    password: 'p:w',
  });
});

it.each([
  ['http://127.0.0.1', 'Expected a redis:// or rediss:// URL, found http://'],
  ['redis://127.0.0.1/cache', 'Expected a logical database such as /1, found /cache'],
])('%s is refused by name', (url, message) => {
  expect(() => parseRedisUrl(url)).toThrow(message);
});
