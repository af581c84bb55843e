import { isTxHash, NETWORKS, type Network, type TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { disconnectRedis, JournalCorruptError, JournalUnavailableError } from '../redis/index.js';
import type { Journal } from './journal.js';
import { journalKeys } from './keys.js';
import { decodeRecord } from './record.js';
import { RECORD_LAYOUT } from './record-fields.js';
import { stateOf, txHashOf } from './replies.js';
import { type Settlement, settlementsIn } from './settlement.js';
import type { SettlementState } from './states.js';

/** Published with every write, in the same script. */
export type SettlementEvent = {
  readonly network: Network;
  readonly txHash: TxHash;
  readonly state: SettlementState;
  readonly revision: number;
};

/**
 * Is told of a write.
 *
 * @param settlement as the write left it; undefined when another version wrote it, or this version cannot read it.
 */
export type SettlementListener = (event: SettlementEvent, settlement: Settlement | undefined) => void;

/** Reports every write to a settlement, by any replica. */
export interface SettlementEvents {
  /**
   * Calls `listener` on every event of one settlement until the returned function is called. Subscribe first, then
   * read: an event between the two would be missed otherwise. An event may be lost with its connection. So every
   * settlement that has a listener is read again after an outage of Redis, and when nothing was heard of it for a
   * while; what is new is reported as an event.
   */
  subscribe(txHash: TxHash, listener: SettlementListener): () => void;
  close(): Promise<void>;
}

export type SettlementEventsOptions = {
  /** A `subscriber` connection of its own; closed together with the events. */
  readonly subscriber: Redis;
  readonly networks: readonly Network[];
  /** Reads settlements again, because events may be lost. */
  readonly journal: Pick<Journal, 'readMany'>;
  /** After how much silence a settlement is read again. */
  readonly pollMs?: number;
  /** A message that is not an event, or a read that failed after a reconnect. */
  readonly onError: (error: Error) => void;
};

/** The listeners of one settlement, the last revision that they were told, and when something was last heard of it. */
type Audience = { readonly listeners: Set<SettlementListener>; latestRevision: number; heardAtMs: number };

const POLL_MS = 5_000;
/** Of that time, so that one poll does not read all of a crowd at once. */
const POLLS = 5;

/** How the scripts begin an event; a transaction id follows. */
const EVENT_START = '{"transaction":"';
const ID_LENGTH = 64;
/** Of a message that is not an event. */
const SHOWN_CHARACTERS = 200;

/** Reads a message. It is on the way of every change, so it is read by hand. */
function eventIn(message: string): { event: SettlementEvent; settlement: Settlement | undefined } {
  const { network: named, transaction, state, revision, layout, record } = JSON.parse(message);
  const network = NETWORKS.find((each) => each === named);
  if (network === undefined || !Number.isSafeInteger(revision))
    throw new JournalCorruptError(`Expected a settlement event, found ${message.slice(0, SHOWN_CHARACTERS)}`);
  const event = { network, txHash: txHashOf(transaction), state: stateOf(state), revision };
  const isOurs = layout === RECORD_LAYOUT && Array.isArray(record);
  const reading = isOurs ? decodeRecord(network, event.txHash, record) : undefined;
  return { event, settlement: reading?.ok ? reading.value : undefined };
}

/**
 * The settlement events of some networks. There is one channel per network and one subscription per process; events are
 * passed on in memory to the listeners of each transaction.
 */
export function createSettlementEvents(options: SettlementEventsOptions): SettlementEvents {
  const { subscriber, networks, journal, onError, pollMs = POLL_MS } = options;
  const audiences = new Map<TxHash, Audience>();
  let closed = false;

  const hand = (event: SettlementEvent, settlement: Settlement | undefined) => {
    const audience = audiences.get(event.txHash);
    if (audience === undefined) return;
    audience.heardAtMs = performance.now();
    // A settlement read again and a published event may report the same write, in either order.
    if (event.revision <= audience.latestRevision) return;
    audience.latestRevision = event.revision;
    for (const listener of [...audience.listeners]) listener(event, settlement);
  };

  const readAgain = async (txHashes: readonly TxHash[]) => {
    if (txHashes.length === 0) return;
    for (const network of networks)
      for (const settlement of settlementsIn(await journal.readMany(network, txHashes))) {
        const { txHash, state, revision } = settlement;
        hand({ network, txHash, state, revision }, settlement);
      }
  };

  const poll = async () => {
    const nowMs = performance.now();
    const silent = [...audiences].filter(([, { heardAtMs }]) => nowMs - heardAtMs >= pollMs);
    for (const [, audience] of silent) audience.heardAtMs = nowMs;
    try {
      await readAgain(silent.map(([txHash]) => txHash));
    } catch (error) {
      // Redis is away: the next poll, or the reconnect, reads them.
      if (!(error instanceof JournalUnavailableError)) onError(asError(error));
    }
  };
  const polling = setInterval(poll, pollMs / POLLS);
  polling.unref();

  // `ready` is emitted on the first connection and on each later one. Subscribing again is harmless. Once it is
  // answered, no further event is missed, so this is the moment to read again.
  const subscribe = async () => {
    try {
      await subscriber.subscribe(...networks.map((network) => journalKeys(network).channel));
      await readAgain([...audiences.keys()]);
    } catch (error) {
      if (!closed) onError(asError(error));
    }
  };
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') void subscribe();

  subscriber.on('message', (_channel: string, message: string) => {
    const id = message.slice(EVENT_START.length, EVENT_START.length + ID_LENGTH);
    if (message.startsWith(EVENT_START) && isTxHash(id) && !audiences.has(id)) return;
    try {
      const { event, settlement } = eventIn(message);
      hand(event, settlement);
    } catch (error) {
      onError(asError(error));
    }
  });

  return {
    subscribe(txHash, listener) {
      const audience = audiences.get(txHash) ?? {
        listeners: new Set(),
        latestRevision: 0,
        heardAtMs: performance.now(),
      };
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
      clearInterval(polling);
      audiences.clear();
      await disconnectRedis(subscriber);
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
