import { err, type Network, ok, parseNetwork, type Result } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { answered, defineScript } from '../redis/index.js';
import { DISCOVERY_KEYS, noteId } from './keys.js';
import { sellerScript } from './script.js';

/** A listing as it is stored. */
export type ListedResource = {
  readonly id: string;
  readonly url: string;
  readonly network: Network;
  readonly payTo: string;
  readonly firstSettledAtMs: number;
  /** JSON, as the candidate had it. */
  readonly listing: string;
  /** JSON by scheme and asset. */
  readonly terms: ReadonlyMap<string, string>;
  /** A payment declares something else; a second one of another payer makes it what is shown. */
  readonly isChanging: boolean;
};

/** Everything that may be listed, without what is shown of it. */
export type DiscoveryIndex = {
  /** When a payment for it last settled, POSIX milliseconds, by id. */
  readonly settledAtMs: ReadonlyMap<string, number>;
  /** Withdrawn by their seller, and when. */
  readonly withdrawn: ReadonlyMap<string, number>;
  /** By URL or origin. */
  readonly delisted: ReadonlyMap<string, Delisting>;
};

const delistingSchema = z.object({ reason: z.string(), atMs: z.number() }).readonly();
/** An operator's word about a URL or an origin. */
export type Delisting = z.output<typeof delistingSchema>;

const noteSchema = z
  .object({
    url: z.string(),
    network: z.string(),
    code: z.string(),
    message: z.string().optional(),
    path: z.string().optional(),
    transaction: z.string(),
    payTo: z.string(),
    /** The key that the payment was settled with. */
    keyName: z.string().optional(),
    atMs: z.coerce.number(),
  })
  .readonly();
/** Why the last settled payment for a URL did not list it. */
export type DiscoveryNote = z.output<typeof noteSchema>;

/** The catalogue of resources. Every method throws JournalUnavailableError when Redis does not answer. */
export interface DiscoveryCatalogue {
  readIndex(): Promise<DiscoveryIndex>;
  /** Those that are there and can be read. */
  readMany(ids: readonly string[]): Promise<readonly ListedResource[]>;
  /** What became of what a settled payment declares. */
  look(asked: { readonly id: string; readonly network: Network; readonly url: string }): Promise<{
    readonly isListed: boolean;
    readonly isWithdrawn: boolean;
    readonly note: DiscoveryNote | undefined;
  }>;
  readNotes(networks: readonly Network[], url: string): Promise<readonly DiscoveryNote[]>;
  /** @param target a URL, or an origin for all of its URLs. */
  delist(target: string, delisting: Delisting): Promise<void>;
  /** False when it was not delisted. */
  allow(target: string): Promise<boolean>;
  /** A seller's word about its listings; an error says that a newer word of it is known. */
  say(
    ids: readonly string[],
    word: { readonly payTo: string; readonly action: 'withdraw' | 'restore'; readonly atMs: number },
  ): Promise<Result<number, 'outdated'>>;
}

const { listed, withdrawn, delisted, notes, resource } = DISCOVERY_KEYS;

export function createDiscoveryCatalogue(redis: Redis): DiscoveryCatalogue {
  const say = defineScript(redis, sellerScript);
  return {
    async readIndex() {
      // Issued in one turn, ioredis writes them in one go.
      const [scored, own, operators] = await Promise.all([
        answered(() => redis.zrange(listed, 0, '-1', 'WITHSCORES')),
        answered(() => redis.hgetall(withdrawn)),
        answered(() => redis.hgetall(delisted)),
      ]);
      const pairs = scored.flatMap((id, place) =>
        place % 2 === 0 ? [[id, Number(scored[place + 1])] as const] : [],
      );
      return {
        settledAtMs: new Map(pairs),
        withdrawn: new Map(Object.entries(own).map(([id, atMs]) => [id, Number(atMs)])),
        // What cannot be read still hides.
        delisted: new Map(
          Object.entries(operators).map(([target, text]) => [
            target,
            parse(delistingSchema, text) ?? { reason: '', atMs: 0 },
          ]),
        ),
      };
    },
    async readMany(ids) {
      const stored = await Promise.all(ids.map((id) => answered(() => redis.hgetall(resource(id)))));
      return stored.flatMap((fields, place) => resourceOf(ids[place] ?? '', fields) ?? []);
    },
    async look({ id, network, url }) {
      const [score, own, text] = await Promise.all([
        answered(() => redis.zscore(listed, id)),
        answered(() => redis.hexists(withdrawn, id)),
        answered(() => redis.hget(notes, noteId(network, url))),
      ]);
      return { isListed: score !== null, isWithdrawn: own === 1, note: parse(noteSchema, text) };
    },
    async readNotes(networks, url) {
      if (networks.length === 0) return [];
      const texts = await answered(() =>
        redis.hmget(notes, ...networks.map((network) => noteId(network, url))),
      );
      return texts.flatMap((text) => parse(noteSchema, text) ?? []);
    },
    async delist(target, delisting) {
      await answered(() => redis.hset(delisted, target, JSON.stringify(delisting)));
    },
    async allow(target) {
      return (await answered(() => redis.hdel(delisted, target))) === 1;
    },
    async say(ids, { payTo, action, atMs }) {
      const reply = await say([withdrawn, ...ids.map(resource)], [payTo, action, atMs, ...ids]);
      return reply === -1 ? err('outdated') : ok(Number(reply));
    },
  };
}

const TERMS = /^terms [^:]+$/;

function resourceOf(id: string, fields: Readonly<Record<string, string>>): ListedResource | undefined {
  const { url, payTo, firstMs, listing } = fields;
  const network = parseNetwork(fields.network ?? '');
  if (url === undefined || payTo === undefined || listing === undefined || network === undefined)
    return undefined;
  return {
    id,
    url,
    network,
    payTo,
    firstSettledAtMs: Number(firstMs),
    listing,
    terms: new Map(Object.entries(fields).filter(([name]) => TERMS.test(name))),
    isChanging: Object.keys(fields).some((name) => name.endsWith(':next')),
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string | null): z.output<Schema> | undefined {
  if (text === null) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
