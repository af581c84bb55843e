import { type Network, type OutRefKey, ok, type TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { answered, defineScript, readStored, type Script } from '../redis/index.js';
import { namesOf, standsFor } from './calls.js';
import type { Journal } from './journal.js';
import { journalKeys } from './keys.js';
import { decodeSnapshot } from './record.js';
import { decodeIds, decodeInFlightReply, txHashOf } from './replies.js';
import { inFlightScript } from './scripts/in-flight.js';
import { readScript } from './scripts/read.js';
import type { Reading } from './settlement.js';
import type { UnreadableRecords } from './unreadable.js';

type JournalReader = Pick<
  Journal,
  | 'read'
  | 'readMany'
  | 'readSignedTransaction'
  | 'readRequest'
  | 'readTakenName'
  | 'inFlight'
  | 'readRedemption'
  | 'pending'
>;

/** What the journal answers without a change to any record. */
export function createJournalReader(redis: Redis, unreadables: UnreadableRecords): JournalReader {
  const readRecord = defineScript(redis, readScript);
  const findInFlight = defineScript(redis, inFlightScript);

  const reader: JournalReader = {
    async read(network, txHash) {
      const [reading = ok(undefined)] = await reader.readMany(network, [txHash]);
      return reading;
    },

    async readMany(network, txHashes) {
      const readings = await readRecords(readRecord, network, txHashes);
      for (const [index, txHash] of txHashes.entries()) {
        const reading = readings[index];
        if (reading !== undefined) unreadables.see(network, txHash, reading);
      }
      return readings;
    },

    async readSignedTransaction(network, txHash) {
      const key = journalKeys(network).record(txHash);
      const bytes = await answered(() => redis.hgetBuffer(key, 'signedTransaction'));
      return bytes === null ? undefined : new Uint8Array(bytes);
    },

    async readRequest(network, txHash) {
      const key = journalKeys(network).record(txHash);
      return (await answered(() => redis.hget(key, 'request'))) ?? undefined;
    },

    async readTakenName(call, payment) {
      const names = namesOf(call);
      if (names.length === 0) return undefined;
      const found = await answered(() => redis.mget(names.map(({ key }) => key)));
      const expected = standsFor(payment);
      return names.find((_, place) => found[place] != null && found[place] !== expected)?.name;
    },

    async inFlight(network, txHash, inputs, termsDigest) {
      const keys = journalKeys(network);
      const terms = termsDigest === undefined ? [] : [keys.terms(termsDigest)];
      const reply = await findInFlight([keys.record(txHash), ...inputs.map(keys.hold), ...terms], []);
      const { reading, texts } = decodeInFlightReply(reply, { network, txHash });
      unreadables.see(network, txHash, reading);
      if (!reading.ok) return reading;
      const { value: settlement } = reading;
      const index = inputs.findIndex((_, place) => texts[place] != null && texts[place] !== txHash);
      const input: OutRefKey | undefined = inputs[index];
      const boundTo = termsDigest === undefined ? null : texts[inputs.length];
      return ok({
        ...(settlement === undefined ? {} : { settlement }),
        ...(input === undefined ? {} : { reserved: { input, heldBy: txHashOf(texts[index]) } }),
        ...(boundTo == null ? {} : { termsBoundTo: txHashOf(boundTo) }),
      });
    },

    async readRedemption(network, txHash) {
      return (await answered(() => redis.get(journalKeys(network).redeem(txHash)))) ?? undefined;
    },

    async pending(network) {
      const keys = journalKeys(network);
      const [pending, watched] = await Promise.all([
        answered(() => redis.zrange(keys.pending, 0, '-1')),
        answered(() => redis.zrange(keys.watched, 0, '-1')),
      ]);
      // Confirmed settlements were mostly queued before the others, so they need not all be read.
      return [...new Set(decodeIds([...watched, ...pending]))];
    },
  };
  return reader;
}

/** Small enough that one round trip does not delay others on the same Redis. */
const READ_BATCH = 500;

async function readRecords(
  script: Script,
  network: Network,
  txHashes: readonly TxHash[],
): Promise<readonly Reading[]> {
  const keys = journalKeys(network);
  const readOne = async (txHash: TxHash) => {
    const stored = await readStored(() => script([keys.record(txHash)], []));
    return decodeSnapshot(network, txHash, stored.ok ? String(stored.value) : undefined);
  };
  const readings: Reading[] = [];
  for (let start = 0; start < txHashes.length; start += READ_BATCH) {
    const batch = txHashes.slice(start, start + READ_BATCH);
    // Issued in one turn, ioredis writes them in one go.
    readings.push(...(await Promise.all(batch.map(readOne))));
  }
  return readings;
}
