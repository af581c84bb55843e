import { type ChainPoint, ok, type Result, slot } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { defineScript, jsonField, type OnNetwork, parseStored, readStored } from '../redis/index.js';
import { journalKeys } from './keys.js';

/** The latest blocks that the follower knows, oldest first, each the parent of the next. */
export type ChainWindow = readonly ChainPoint[];

/** A block that is to be matched. */
export type NotedBlock = ChainPoint & { readonly transactionCount: number };

/** Where a follower stands. */
export type ChainPlace = {
  /** The blocks that it has matched. */
  readonly matched: ChainWindow;
  /** The blocks after them, if it stopped while it matched them. A settlement may be confirmed by one of them. */
  readonly next: readonly NotedBlock[];
};

const pointSchema = z.object({ hash: z.string().min(1), height: z.int(), slot: z.int().transform(slot) });
const windowSchema = jsonField.pipe(z.array(pointSchema));
const nextSchema = jsonField.pipe(z.array(pointSchema.extend({ transactionCount: z.int() })));

/** The follower's position on the chain. The next follower continues from it. */
export interface ChainWindowStore {
  /** The blocks that were matched. Empty when there are none; an error says why this version cannot read them. */
  read(): Promise<Result<ChainWindow, string>>;
  /** Where the next follower begins. An error says why this version cannot read it. */
  readPlace(): Promise<Result<ChainPlace, string>>;
  /** Notes the blocks that are matched from now on. False when another worker holds a newer lease. */
  begin(leaseFence: number, next: readonly NotedBlock[]): Promise<boolean>;
  /** Notes that these are matched. False when another worker holds a newer lease. */
  save(leaseFence: number, window: ChainWindow): Promise<boolean>;
}

export function createChainWindowStore({ redis, network }: OnNetwork): ChainWindowStore {
  const keys = journalKeys(network);
  const begin = defineScript(redis, beginBlocksScript);
  const save = defineScript(redis, saveChainWindowScript);
  const readAt = async <Points>(
    key: string,
    schema: z.ZodType<Points[]>,
  ): Promise<Result<Points[], string>> => {
    const text = await readStored(() => redis.get(key));
    if (!text.ok) return text;
    return text.value === null ? ok([]) : parseStored(schema, text.value);
  };
  const readMatched = () => readAt(keys.chainWindow, windowSchema);
  return {
    read: readMatched,
    async readPlace() {
      const [matched, next] = await Promise.all([readMatched(), readAt(keys.nextBlocks, nextSchema)]);
      if (!matched.ok) return matched;
      if (!next.ok) return next;
      // A version that does not know of the next blocks may have gone past them.
      const head = matched.value.at(-1)?.height;
      const isNext = head !== undefined && next.value[0]?.height === head + 1;
      return ok({ matched: matched.value, next: isNext ? next.value : [] });
    },
    async begin(leaseFence, next) {
      const noted = next.map((block) => ({ ...pointOf(block), transactionCount: block.transactionCount }));
      return (await begin([keys.nextBlocks, keys.leaseFence], [leaseFence, JSON.stringify(noted)])) === 1;
    },
    async save(leaseFence, window) {
      const written = [keys.chainWindow, keys.leaseFence, keys.nextBlocks];
      return (await save(written, [leaseFence, JSON.stringify(window.map(pointOf))])) === 1;
    },
  };
}

function pointOf({ hash, height, slot }: ChainPoint): ChainPoint {
  return { hash, height, slot };
}

/**
 * Guarantees: only the newest holder of the lease says which blocks are being matched.
 *
 * Keys: next blocks, fence. Arguments: fence, blocks as JSON.
 * Returns: 1 when written.
 */
const beginBlocksScript = {
  name: 'x402JournalBeginBlocks',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`,
} as const;

/**
 * Guarantees: only the newest holder of the lease moves the follower's place on the chain; a block is either matched or
 * being matched.
 *
 * Keys: window, fence, next blocks. Arguments: fence, window as JSON.
 * Returns: 1 when written.
 */
const saveChainWindowScript = {
  name: 'x402JournalSaveChainWindow',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[3])
return 1
`,
} as const;
