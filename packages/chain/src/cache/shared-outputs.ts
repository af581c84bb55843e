import { setImmediate as nextTurn } from 'node:timers/promises';
import { isTxHash, type TxHash } from '@x402-facilitator/cardano';
import { askRedis, type ChainKeys, type RedisCommands, type RedisSubscriber } from '../redis/index.js';
import { decodeOutputs, encodeOutputs, type HeldOutputs } from './outputs-codec.js';

/** The outputs that all replicas hold together. While Redis is away every look-up is a miss; nothing fails. */
export type SharedOutputs = {
  get(txHash: TxHash): Promise<HeldOutputs | undefined>;
  put(txHash: TxHash, held: HeldOutputs, ttlMs: number): Promise<void>;
  /** Forgets them everywhere. */
  forget(txHashes: readonly TxHash[]): Promise<void>;
  /** Calls `listener` when any replica forgot a transaction. */
  onSpent(listener: (txHash: TxHash) => void): void;
};

/** A cache that is slower than a provider is of no use. */
const ANSWER_WITHIN_MS = 200;

export function createSharedOutputs(options: {
  readonly redis: RedisCommands;
  readonly keys: ChainKeys;
  /** A `subscriber` connection, to hear what other replicas forget. It is left open. */
  readonly subscriber?: RedisSubscriber | undefined;
}): SharedOutputs {
  const { redis, keys, subscriber } = options;
  const listeners: ((txHash: TxHash) => void)[] = [];
  subscriber?.on('message', (channel: string, message: string) => {
    if (channel !== keys.spent) return;
    for (const txHash of message.split(',').filter(isTxHash))
      for (const listener of listeners) listener(txHash);
  });
  // It waits for the connection by itself, and ioredis subscribes again after each reconnect.
  subscriber?.subscribe(keys.spent).catch(() => undefined);

  let leaving: { readonly txHashes: Set<TxHash>; readonly sent: Promise<void> } | undefined;
  const send = async () => {
    // A block spends many outputs in one turn of the event loop. They are told together.
    await nextTurn();
    const txHashes = [...(leaving?.txHashes ?? [])];
    leaving = undefined;
    // Both commands go out together and in this order: a replica that hears the message finds nothing any more.
    await askRedis(redis, ANSWER_WITHIN_MS, (it) =>
      Promise.all([
        it.del(...txHashes.map((txHash) => keys.outputs(txHash))),
        it.publish(keys.spent, txHashes.join(',')),
      ]),
    );
  };

  return {
    async get(txHash) {
      const text = await askRedis(redis, ANSWER_WITHIN_MS, (it) => it.get(keys.outputs(txHash)));
      const held = typeof text === 'string' ? decodeOutputs(txHash, text) : undefined;
      return held?.ok ? held.value : undefined;
    },
    async put(txHash, held, ttlMs) {
      const text = encodeOutputs(held);
      await askRedis(redis, ANSWER_WITHIN_MS, (it) => it.set(keys.outputs(txHash), text, 'PX', ttlMs));
    },
    async forget(txHashes) {
      if (txHashes.length === 0) return;
      leaving ??= { txHashes: new Set(), sent: send() };
      for (const txHash of txHashes) leaving.txHashes.add(txHash);
      await leaving.sent;
    },
    onSpent(listener) {
      listeners.push(listener);
    },
  };
}
