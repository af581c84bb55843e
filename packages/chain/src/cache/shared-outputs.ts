import { isTxHash, type TxHash } from '@x402-facilitator/cardano';
import type { ChainKeys } from '../keys.js';
import type { RedisCommands, RedisSubscriber } from '../redis-commands.js';
import { soon } from '../soon.js';
import type { HeldOutputs } from './cached-outputs.js';
import { decodeOutputs, encodeOutputs } from './outputs-codec.js';

/** The outputs that all replicas hold together. Redis being away is a miss, never an error. */
export type SharedOutputs = {
  get(txHash: TxHash): Promise<HeldOutputs | undefined>;
  put(txHash: TxHash, held: HeldOutputs, ttlMs: number): Promise<void>;
  /** Forgets them everywhere. */
  forget(txHashes: readonly TxHash[]): Promise<void>;
  /** Calls when any replica forgot a transaction. */
  onSpent(listener: (txHash: TxHash) => void): void;
};

/** A cache that is slower than a provider is none. */
const PATIENCE_MS = 200;

export function createSharedOutputs(options: {
  readonly redis: RedisCommands;
  readonly keys: ChainKeys;
  /** A `subscriber` connection, where what others forget has to be heard; left open. */
  readonly subscriber?: RedisSubscriber | undefined;
}): SharedOutputs {
  const { redis, keys, subscriber } = options;
  const listeners: ((txHash: TxHash) => void)[] = [];
  subscriber?.on('message', (channel: string, message: string) => {
    if (channel !== keys.spent) return;
    for (const txHash of message.split(',').filter(isTxHash))
      for (const listener of listeners) listener(txHash);
  });
  // Waits for the connection by itself, and ioredis subscribes again after each reconnect.
  subscriber?.subscribe(keys.spent).catch(() => undefined);

  const asked = <T>(ask: () => Promise<T>): Promise<T | undefined> =>
    redis.status === 'ready' ? soon(PATIENCE_MS, ask()) : Promise.resolve(undefined);

  return {
    async get(txHash) {
      const text = await asked(() => redis.get(keys.outputs(txHash)));
      return typeof text === 'string' ? decodeOutputs(txHash, text) : undefined;
    },
    async put(txHash, held, ttlMs) {
      await asked(() => redis.set(keys.outputs(txHash), encodeOutputs(held), 'PX', ttlMs));
    },
    async forget(txHashes) {
      if (txHashes.length === 0) return;
      // Issued in one turn and in this order: whoever hears of it finds nothing any more.
      await asked(() =>
        Promise.all([
          redis.del(...txHashes.map((txHash) => keys.outputs(txHash))),
          redis.publish(keys.spent, txHashes.join(',')),
        ]),
      );
    },
    onSpent(listener) {
      listeners.push(listener);
    },
  };
}
