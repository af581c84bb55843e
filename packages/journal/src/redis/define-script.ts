import type { Redis } from 'ioredis';
import { answered, JournalCorruptError } from './answered.js';

/** A Lua script as a function; ioredis loads it on first use and calls it by its digest after that. */
export type Script = (
  keys: readonly string[],
  args: readonly (string | number | Uint8Array)[],
) => Promise<unknown>;

/** Makes a script callable on a connection. */
export function defineScript(redis: Redis, script: { readonly name: string; readonly lua: string }): Script {
  redis.defineCommand(script.name, { lua: script.lua });
  const command: unknown = Reflect.get(redis, script.name);
  if (typeof command !== 'function') throw new TypeError(`ioredis did not define ${script.name}`);
  return (keys, args) =>
    answered(() => command.call(redis, keys.length, ...keys, ...args.map(toArgument)) as Promise<unknown>);
}

/** ioredis sends Buffers as they are, and any other byte array as text. */
function toArgument(value: string | number | Uint8Array): string | number | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

/**
 * Reads what a script returned: an outcome's name, then what that outcome carries.
 *
 * @throws JournalCorruptError for an outcome that has no reader.
 */
export function decodeReply<Outcome extends { readonly kind: string }>(
  script: string,
  reply: unknown,
  readers: Readonly<Record<Outcome['kind'], (...details: unknown[]) => Outcome>>,
): Outcome {
  const [kind, ...details]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const isKnown = (name: unknown): name is keyof typeof readers =>
    typeof name === 'string' && Object.hasOwn(readers, name);
  if (isKnown(kind)) return readers[kind](...details);
  throw new JournalCorruptError(`The ${script} script answered ${JSON.stringify(reply)}`);
}
