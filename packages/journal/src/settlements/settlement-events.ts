import { NETWORKS, type Network, type TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { disconnectRedis } from '../redis/index.js';
import type { Journal } from './journal.js';
import { journalKeys } from './keys.js';
import { stateOf, txHashOf } from './replies.js';
import { settlementsIn } from './settlement.js';
import type { SettlementState } from './states.js';

/** Published with every write, in the same script. */
export type SettlementEvent = {
  readonly network: Network;
  readonly txHash: TxHash;
  readonly state: SettlementState;
  readonly revision: number;
};

/** Reports every write to a settlement, by any replica. */
export interface SettlementEvents {
  /**
   * Calls `listener` on every event of one settlement until the returned function is called. Subscribe first, then
   * read: an event between the two would be missed otherwise. After an outage of Redis, every settlement that has a
   * listener is read again and reported as an event.
   */
  subscribe(txHash: TxHash, listener: (event: SettlementEvent) => void): () => void;
  close(): Promise<void>;
}

export type SettlementEventsOptions = {
  /** A `subscriber` connection of its own; closed together with the events. */
  readonly subscriber: Redis;
  readonly networks: readonly Network[];
  /** Reads the settlement again after an outage of Redis, because events published meanwhile are lost. */
  readonly journal: Pick<Journal, 'readMany'>;
  /** A message that is not an event, or a read that failed after a reconnect. */
  readonly onError: (error: Error) => void;
};

type Listener = (event: SettlementEvent) => void;

/** The listeners of one settlement, and the last revision that they were told. */
type Audience = { readonly listeners: Set<Listener>; latestRevision: number };

const eventSchema = z
  .object({
    network: z.enum(NETWORKS),
    transaction: z.string().transform(txHashOf),
    state: z.string().transform(stateOf),
    revision: z.int().positive(),
  })
  .transform(({ transaction, ...event }): SettlementEvent => ({ ...event, txHash: transaction }));

/**
 * The settlement events of some networks. There is one channel per network and one subscription per process; events are
 * passed on in memory to the listeners of each transaction.
 */
export function createSettlementEvents(options: SettlementEventsOptions): SettlementEvents {
  const { subscriber, networks, journal, onError } = options;
  const audiences = new Map<TxHash, Audience>();
  let closed = false;

  const hand = (event: SettlementEvent) => {
    const audience = audiences.get(event.txHash);
    // A settlement read again and a published event may report the same write, in either order.
    if (audience === undefined || event.revision <= audience.latestRevision) return;
    audience.latestRevision = event.revision;
    for (const listener of [...audience.listeners]) listener(event);
  };

  const readAgain = async () => {
    const txHashes = [...audiences.keys()];
    if (txHashes.length === 0) return;
    for (const network of networks)
      for (const { txHash, state, revision } of settlementsIn(await journal.readMany(network, txHashes)))
        hand({ network, txHash, state, revision });
  };

  // `ready` is emitted on the first connection and on each later one. Subscribing again is harmless. Once it is
  // answered, no further event is missed, so this is the moment to read again.
  const subscribe = async () => {
    try {
      await subscriber.subscribe(...networks.map((network) => journalKeys(network).channel));
      await readAgain();
    } catch (error) {
      if (!closed) onError(asError(error));
    }
  };
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') void subscribe();

  subscriber.on('message', (_channel: string, message: string) => {
    try {
      hand(eventSchema.parse(JSON.parse(message)));
    } catch (error) {
      onError(asError(error));
    }
  });

  return {
    subscribe(txHash, listener) {
      const audience = audiences.get(txHash) ?? { listeners: new Set(), latestRevision: 0 };
      audience.listeners.add(listener);
      audiences.set(txHash, audience);
      return () => {
        audience.listeners.delete(listener);
        if (audience.listeners.size === 0 && audiences.get(txHash) === audience) {
          audiences.delete(txHash);
        }
      };
    },

    async close() {
      closed = true;
      audiences.clear();
      await disconnectRedis(subscriber);
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
