export type RedisOptions = {
  /**
   * True for a server that is ours alone even if `REDIS_URL` names another one: for those who kill it, restart it or count
   * on its settings.
   */
  readonly exclusive?: boolean;
  /** Append-only persistence of an own server; off by default. */
  readonly persistence?: 'always' | 'everysec' | 'off';
  /** What an own server asks for; nothing when left out. */
  readonly password?: string;
  /** Port of an own server; by default a free one. */
  readonly port?: number;
  /** Data directory of an own server, which is kept; by default a temporary one that goes with it. */
  readonly directory?: string;
  /** Told about what takes long, such as an installation. */
  readonly announce?: (message: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** Directories to search for a server after PATH; by default where package managers put one. */
  readonly usualPlaces?: readonly string[];
};

/** A Redis that nobody else uses. */
export type RedisHandle = {
  /** `redis://…`, with the logical database in its path when it is not 0. */
  readonly url: string;
  /** Where it came from, for people. */
  readonly origin: string;
  /** The server's process where we started one: for those who kill it. */
  readonly pid?: number;
  /** Leaves nothing behind: no process, no container, no key. Safe to call twice. */
  stop(): Promise<void>;
};

/** No Redis could be had. The message names every way to give one. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}
