export type RedisOptions = {
  /**
   * True for a server of one's own even if `REDIS_URL` names another one: to kill it, to restart it, or to rely on its
   * settings.
   */
  readonly exclusive?: boolean;
  /** Append-only persistence of a private server; off by default. */
  readonly persistence?: 'always' | 'everysec' | 'off';
  /** The password of a private server; by default it has none. */
  readonly password?: string;
  /** Further settings of a private server, as in its configuration file. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Port of a private server; by default a free one. */
  readonly port?: number;
  /** Data directory of a private server. It stays; the default is a temporary one, which is removed. */
  readonly directory?: string;
  /** Is told about what takes long, such as an installation. */
  readonly announce?: (message: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** Directories to search for a server after PATH; by default where package managers put one. */
  readonly usualPlaces?: readonly string[];
};

/** A Redis for one user alone. */
export type RedisHandle = {
  /** `redis://…`, with the logical database in its path when it is not 0. */
  readonly url: string;
  /** Where it came from, for people. */
  readonly origin: string;
  /** The process of a private server, to kill it. */
  readonly pid?: number;
  /** Leaves nothing behind: no process, no container, no key. Safe to call twice. */
  stop(): Promise<void>;
};

/** There is no Redis. The message names every way to give one. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}
