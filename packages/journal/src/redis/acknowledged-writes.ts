import type { Redis } from 'ioredis';
import { answered } from './answered.js';
import { connectRedis, disconnectRedis, isReadyInTime } from './connect.js';
import { defineScript, type Script } from './define-script.js';
import type { RedisSettings } from './settings.js';

/** Scripts whose replies count only once replicas have what was written. */
export interface AcknowledgedWrites {
  /** @throws NotReplicatedError from the script, when it ran and too few replicas acknowledged it in time. */
  defineScript(script: { readonly name: string; readonly lua: string }): Script;
  /** Whether all connections have reached Redis before the time is up. Until then a script may fail for it. */
  isReadyInTime(signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** A script ran, and a fail-over could still lose what it wrote. */
export class NotReplicatedError extends Error {
  override readonly name = 'NotReplicatedError';
  readonly reply: unknown;

  constructor(message: string, reply: unknown) {
    super(message);
    this.reply = reply;
  }
}

export type AcknowledgedWritesOptions = {
  readonly settings: RedisSettings;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  /** How many replicas must acknowledge. */
  readonly replicas: number;
  readonly timeoutMs: number;
  readonly onError: (error: Error) => void;
};

/** WAIT blocks its connection, so these are apart from all others. A slow replica holds up what is on one of them. */
const CONNECTIONS = 4;
/** Scripts that share one WAIT. */
const LARGEST_BATCH = 100;

/** WAIT is defined for what its own connection wrote. A claim that was joined was written by another connection. */
const MARK_KEY = '{x402}:journal:replication-mark';
const MARK_TTL_MS = 60_000;

type Waiting = {
  readonly start: (connection: Redis) => Promise<unknown>;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/** Opens the connections. What arrives while all of them wait for replicas is sent together, behind one WAIT. */
export function openAcknowledgedWrites(options: AcknowledgedWritesOptions): AcknowledgedWrites {
  const { settings, name, replicas, timeoutMs, onError } = options;
  const connections = Array.from({ length: CONNECTIONS }, () =>
    connectRedis({ settings, role: 'producer', name, onError, blockedMs: timeoutMs }),
  );
  const idle = [...connections];
  const waiting: Waiting[] = [];

  /** How many replicas have all that was written before now. */
  const countReplicas = async (connection: Redis): Promise<number> => {
    const [, count] = await answered(() =>
      Promise.all([connection.set(MARK_KEY, '1', 'PX', MARK_TTL_MS), connection.wait(replicas, timeoutMs)]),
    );
    return count;
  };
  const run = async (connection: Redis, batch: readonly Waiting[]) => {
    const { stream } = connection;
    const replies = await Promise.allSettled(batch.map(({ start }) => start(connection)));
    const counted = replies.some(({ status }) => status === 'fulfilled')
      ? await countReplicas(connection).catch(() => 0)
      : 0;
    // Reconnected meanwhile, it may have asked another primary about what was written to the one before.
    const count = connection.stream === stream ? counted : 0;
    for (const [index, { resolve, reject }] of batch.entries()) {
      const reply = replies[index];
      if (reply?.status !== 'fulfilled') reject(reply?.reason);
      else if (count >= replicas) resolve(reply.value);
      else
        reject(
          new NotReplicatedError(
            `${count} of ${replicas} replicas acknowledged it within ${timeoutMs} ms`,
            reply.value,
          ),
        );
    }
  };
  const serve = async (connection: Redis) => {
    while (waiting.length > 0) await run(connection, waiting.splice(0, LARGEST_BATCH));
    idle.push(connection);
  };
  const send = () => {
    const ready = idle.findIndex(({ status }) => status === 'ready');
    const [connection] = idle.splice(Math.max(ready, 0), 1);
    if (connection !== undefined) void serve(connection);
  };

  return {
    defineScript(script) {
      const defined = new Map(
        connections.map((connection) => [connection, defineScript(connection, script)] as const),
      );
      return (keys, args) =>
        new Promise((resolve, reject) => {
          const start = async (connection: Redis) => defined.get(connection)?.(keys, args);
          waiting.push({ start, resolve, reject });
          send();
        });
    },
    async isReadyInTime(signal) {
      const ready = await Promise.all(connections.map((connection) => isReadyInTime(connection, signal)));
      return ready.every(Boolean);
    },
    async close() {
      await Promise.all(connections.map(disconnectRedis));
    },
  };
}
