/** The parts of a `redis://` URL, as `chain.redis` takes them. */
export type RedisAddress = {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
};

/** @throws TypeError for anything but a `redis://` or `rediss://` URL */
export function parseRedisUrl(text: string): RedisAddress {
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new TypeError(`Expected a redis:// or rediss:// URL, found ${url.protocol}//`);
  }
  const path = url.pathname.slice(1);
  const db = path === '' ? 0 : Number(path);
  if (!Number.isInteger(db)) throw new TypeError(`Expected a logical database such as /1, found /${path}`);
  return {
    host: url.hostname,
    port: url.port === '' ? 6379 : Number(url.port),
    db,
    tls: url.protocol === 'rediss:',
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
}
