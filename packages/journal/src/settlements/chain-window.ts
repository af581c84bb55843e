import { type ChainPoint, err, ok, type Result, slot } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { defineScript, jsonField, type OnNetwork, parseStored, readStored } from '../redis/index.js';
import { journalKeys } from './keys.js';

/** The latest blocks that the follower knows, oldest first, each the parent of the next. */
export type ChainWindow = readonly ChainPoint[];

/** Where a follower stands. */
export type ChainPlace = {
  /** The blocks that it has matched. */
  readonly matched: ChainWindow;
  /** The blocks after them, if it stopped while it matched them. A settlement may be confirmed by one of them. */
  readonly next: ChainWindow;
};

const windowSchema = jsonField.pipe(
  z.array(z.object({ hash: z.string().min(1), height: z.int(), slot: z.int().transform(slot) })),
);

/** The follower's position on the chain. The next follower continues from it. */
export interface ChainWindowStore {
  /** The blocks that were matched. Empty when there are none; an error says why this version cannot read them. */
  read(): Promise<Result<ChainWindow, string>>;
  /** Where the next follower begins. An error says why this version cannot read it. */
  readPlace(): Promise<Result<ChainPlace, string>>;
  /** Notes the blocks that are matched from now on. False when another worker holds a newer lease. */
  begin(leaseFence: number, next: ChainWindow): Promise<boolean>;
  /** Notes that these are matched. False when another worker holds a newer lease. */
  save(leaseFence: number, window: ChainWindow): Promise<boolean>;
}

export function createChainWindowStore({ redis, network }: OnNetwork): ChainWindowStore {
  const keys = journalKeys(network);
  const begin = defineScript(redis, beginBlocksScript);
  const save = defineScript(redis, saveChainWindowScript);
  const readAt = async (key: string): Promise<Result<ChainWindow, string>> => {
    const text = await readStored(() => redis.get(key));
    if (!text.ok) return text;
    return text.value === null ? ok([]) : parseStored(windowSchema, text.value);
  };
  return {
    read: () => readAt(keys.chainWindow),
    async readPlace() {
      const [matched, next] = await Promise.all([readAt(keys.chainWindow), readAt(keys.nextBlocks)]);
      if (!matched.ok) return matched;
      if (!next.ok) return err(next.error);
      // A version that does not know of the next blocks may have gone past them.
      const head = matched.value.at(-1)?.height;
      return ok({
        matched: matched.value,
        next: next.value[0]?.height === (head ?? 0) + 1 ? next.value : [],
      });
    },
    async begin(leaseFence, next) {
      return (await begin([keys.nextBlocks, keys.leaseFence], [leaseFence, textOf(next)])) === 1;
    },
    async save(leaseFence, window) {
      const written = [keys.chainWindow, keys.leaseFence, keys.nextBlocks];
      return (await save(written, [leaseFence, textOf(window)])) === 1;
    },
  };
}

function textOf(window: ChainWindow): string {
  return JSON.stringify(window.map(({ hash, height, slot }) => ({ hash, height, slot })));
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
