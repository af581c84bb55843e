/**
 * The commands of a Redis connection that chain access uses. An ioredis connection has them. This package depends on no
 * Redis client: the application hands it a connection.
 */
export type RedisCommands = {
  /** `ready` while commands are answered at once. */
  readonly status: string;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, unit: 'PX', ttlMs: number): Promise<string | null>;
  set(key: string, value: string, unit: 'PX', ttlMs: number, condition: 'NX'): Promise<string | null>;
  hset(key: string, fields: Readonly<Record<string, string>>): Promise<number>;
  hset(key: string, field: string, value: number): Promise<number>;
  hgetall(key: string): Promise<Record<string, string>>;
  pexpire(key: string, ttlMs: number): Promise<number>;
  /** Seconds and microseconds of its clock. */
  time(): Promise<readonly (number | string)[]>;
  del(...keys: string[]): Promise<number>;
  publish(channel: string, message: string): Promise<number>;
  /** Makes a Lua script callable as a method of this name. */
  defineCommand(name: string, definition: { readonly lua: string; readonly numberOfKeys: number }): void;
};

/** A Redis connection that listens. */
export type RedisSubscriber = {
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
};
