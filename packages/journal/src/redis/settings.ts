/** Where Redis is: `chain.redis` of the configuration. */
export type RedisSettings = {
  readonly host: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Logical database. */
  readonly db?: number | undefined;
  /** `true` trusts the system's certificate authorities; `caPath` names a PEM file. */
  readonly tls?:
    | boolean
    | {
        readonly caPath?: string | undefined;
        readonly servername?: string | undefined;
        readonly rejectUnauthorized?: boolean | undefined;
        /** PEM files of the client's certificate and its key. */
        readonly certPath?: string | undefined;
        readonly keyPath?: string | undefined;
      }
    | undefined;
  readonly sentinels?: readonly RedisNode[] | undefined;
  /** The primary's name at the sentinels. */
  readonly sentinelMaster?: string | undefined;
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** The sentinels speak TLS too, by the same settings. */
  readonly sentinelTls?: boolean | undefined;
};

/** One sentinel. */
export type RedisNode = { readonly host: string; readonly port: number };

/** `redis://[user:password@]host[:port][/db]` as settings, for tests and tools. */
export function redisSettingsFromUrl(url: string): RedisSettings {
  const parsed = new URL(url);
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw new TypeError(`Expected a redis:// or rediss:// URL, found ${parsed.protocol}//`);
  }
  return {
    host: parsed.hostname,
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    username: parsed.username === '' ? undefined : decodeURIComponent(parsed.username),
    password: parsed.password === '' ? undefined : decodeURIComponent(parsed.password),
    db: parsed.pathname.length > 1 ? Number(parsed.pathname.slice(1)) : 0,
    tls: parsed.protocol === 'rediss:',
  };
}
