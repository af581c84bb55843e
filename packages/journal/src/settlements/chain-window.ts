import type { ChainPoint } from '@x402-facilitator/cardano';
import { type Network, slot } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { answered, defineScript } from '../redis/index.js';
import { journalKeys } from './keys.js';
import { saveChainWindowScript } from './scripts/save-chain-window.js';

/** The latest blocks that the follower has matched, oldest first, each the parent of the next. */
export type ChainWindow = readonly ChainPoint[];

const windowSchema = z.array(
  z.object({ hash: z.string().min(1), height: z.int(), slot: z.int().transform(slot) }),
);

/** The follower's position on the chain. The next follower continues from it. */
export interface ChainWindowStore {
  /** Empty when there is none that this version can read: the follower then begins at the tip. */
  read(): Promise<ChainWindow>;
  /** False when another worker holds a newer lease. */
  save(leaseFence: number, window: ChainWindow): Promise<boolean>;
}

export function createChainWindowStore({
  redis,
  network,
}: {
  readonly redis: Redis;
  readonly network: Network;
}): ChainWindowStore {
  const keys = journalKeys(network);
  const save = defineScript(redis, saveChainWindowScript);
  return {
    async read() {
      const text = await answered(() => redis.get(keys.chainWindow));
      if (text === null) return [];
      const parsed = windowSchema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : [];
    },
    async save(leaseFence, window) {
      const points = window.map(({ hash, height, slot }) => ({ hash, height, slot }));
      const written = await save([keys.chainWindow, keys.leaseFence], [leaseFence, JSON.stringify(points)]);
      return written === 1;
    },
  };
}
