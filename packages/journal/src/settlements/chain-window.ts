import { type ChainPoint, ok, type Result, slot } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { defineScript, jsonField, type OnNetwork, parseStored, readStored } from '../redis/index.js';
import { journalKeys } from './keys.js';

/** The latest blocks that the follower has matched, oldest first, each the parent of the next. */
export type ChainWindow = readonly ChainPoint[];

const windowSchema = jsonField.pipe(
  z.array(z.object({ hash: z.string().min(1), height: z.int(), slot: z.int().transform(slot) })),
);

/** The follower's position on the chain. The next follower continues from it. */
export interface ChainWindowStore {
  /** Empty when there is none; an error says why this version cannot read the one that there is. */
  read(): Promise<Result<ChainWindow, string>>;
  /** False when another worker holds a newer lease. */
  save(leaseFence: number, window: ChainWindow): Promise<boolean>;
}

export function createChainWindowStore({ redis, network }: OnNetwork): ChainWindowStore {
  const keys = journalKeys(network);
  const save = defineScript(redis, saveChainWindowScript);
  return {
    async read() {
      const text = await readStored(() => redis.get(keys.chainWindow));
      if (!text.ok) return text;
      return text.value === null ? ok([]) : parseStored(windowSchema, text.value);
    },
    async save(leaseFence, window) {
      const points = window.map(({ hash, height, slot }) => ({ hash, height, slot }));
      const written = await save([keys.chainWindow, keys.leaseFence], [leaseFence, JSON.stringify(points)]);
      return written === 1;
    },
  };
}

/**
 * Guarantees: only the newest holder of the lease moves the follower's place on the chain.
 *
 * Keys: window, fence. Arguments: fence, window as JSON.
 * Returns: 1 when written.
 */
const saveChainWindowScript = {
  name: 'x402JournalSaveChainWindow',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`,
} as const;
