import type { RedisChannelCommands, RedisDurability } from './channel-store.js';

const WAIT_MS = 2_000;

/** One setting of Redis. A server that hides its settings is as good as one that has the wrong ones. */
async function settingOf(redis: RedisChannelCommands, name: string): Promise<string> {
  let reply: unknown;
  try {
    reply = await redis.call('CONFIG', 'GET', name);
  } catch (error) {
    throw new Error(
      `expected Redis to say its ${name}, found: ${error instanceof Error ? error.message : String(error)}. ` +
        'Allow CONFIG GET, or have vouchers on replicas: { durability: { replicas: 1 } }',
    );
  }
  const value = Array.isArray(reply) ? reply[1] : Object.values(Object(reply))[0];
  return String(value);
}

/**
 * Whether Redis keeps what it has said that it keeps.
 *
 * @throws Error that says what was expected and what was found.
 */
export async function checkDurability(
  redis: RedisChannelCommands,
  durability: RedisDurability,
): Promise<void> {
  if (durability === 'disk') {
    const expected = { appendonly: 'yes', appendfsync: 'always' } as const;
    for (const [name, value] of Object.entries(expected)) {
      const found = await settingOf(redis, name);
      if (found !== value) throw new Error(`expected Redis with ${name} ${value}, found ${name} ${found}`);
    }
    const policy = await settingOf(redis, 'maxmemory-policy');
    if (policy.startsWith('allkeys'))
      throw new Error(`expected Redis with maxmemory-policy noeviction, found ${policy}: it drops vouchers`);
    return;
  }
  const { replicas } = durability;
  if (!Number.isInteger(replicas) || replicas < 1)
    throw new Error(`expected a number of replicas from 1, found ${replicas}`);
  const info = String(await redis.call('INFO', 'replication'));
  const found = Number(/^connected_slaves:(\d+)/m.exec(info)?.[1] ?? 0);
  if (found < replicas) throw new Error(`expected Redis with ${replicas} connected replicas, found ${found}`);
}

/**
 * Waits until everything that was written before is on enough replicas. Calls that come meanwhile share the next wait.
 *
 * @throws Error where too few have it in time.
 */
export function replicaWait(
  redis: RedisChannelCommands,
  { replicas, timeoutMs = WAIT_MS }: Exclude<RedisDurability, 'disk'>,
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const wait = async () => {
    const found = Number(await redis.call('WAIT', replicas, timeoutMs));
    if (found < replicas)
      throw new Error(
        `expected ${replicas} replicas of Redis to have the write in ${timeoutMs} ms, found ${found}`,
      );
  };
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        running = wait();
        next = undefined;
        return running;
      });
    return next;
  };
}
