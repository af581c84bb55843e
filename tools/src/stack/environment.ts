import { parseRedisUrl, type RedisAddress } from './redis-address.js';

/** Environment variables of a child process. */
export type Environment = Readonly<Record<string, string>>;

/** What a process inherits. Nothing else: a developer's X402_ settings must not change what is tested. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS'];

export function baseEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export type FacilitatorSettings = {
  readonly network: 'preview' | 'preprod';
  /** Blockfrost-shaped base URL. */
  readonly chainUrl: string;
  readonly projectId: string;
  readonly redisUrl: string;
  /** Time between two looks for a new block. */
  readonly followerTickMs: number;
};

/** The settings that both tiers share (docs/configuration.md), for a facilitator on this machine. */
export function facilitatorEnvironment(settings: FacilitatorSettings): Environment {
  return {
    X402_ENV: 'test',
    X402_CHAIN__NETWORK: settings.network === 'preview' ? 'Preview' : 'Preprod',
    X402_CHAIN__BLOCKFROST__URL: settings.chainUrl,
    X402_CHAIN__BLOCKFROST__PROJECT_ID: settings.projectId,
    X402_CHAIN__FOLLOWER__TICK_MS: String(settings.followerTickMs),
    // All callers here have one address.
    X402_RATE_LIMIT__GLOBAL: '1000000',
    X402_RATE_LIMIT__SENSITIVE: '1000000',
    X402_RATE_LIMIT__WAITS: '1000000',
    X402_SERVER__MAX_CONNECTIONS: '65535',
    X402_SERVER__MAX_CONNECTIONS_PER_ADDRESS: '65535',
    ...redisEnvironment(parseRedisUrl(settings.redisUrl)),
  };
}

/** `chain.redis` as environment variables. */
export function redisEnvironment(redis: RedisAddress): Environment {
  return {
    X402_CHAIN__REDIS__HOST: redis.host,
    X402_CHAIN__REDIS__PORT: String(redis.port),
    X402_CHAIN__REDIS__DB: String(redis.db),
    ...(redis.username === undefined ? {} : { X402_CHAIN__REDIS__USERNAME: redis.username }),
    ...(redis.password === undefined ? {} : { X402_CHAIN__REDIS__PASSWORD: redis.password }),
    ...(redis.tls ? { X402_CHAIN__REDIS__TLS: 'true' } : {}),
  };
}
