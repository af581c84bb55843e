import { z } from 'zod';
import {
  type AcknowledgedWrites,
  defineWord,
  jsonField,
  type OnNetwork,
  readStored,
} from '../redis/index.js';
import { journalKeys } from './keys.js';

const pauseSchema = jsonField.pipe(
  z.object({
    mode: z.enum(['paused', 'draining']).catch('paused'),
    sinceMs: z.int().nonnegative().catch(0),
    reason: z.string().optional(),
  }),
);

/** An operator's pause of a network's new settlements. */
export type Pause = {
  /** `paused`: queued settlements wait too. `draining`: accepted settlements continue to their end. */
  readonly mode: 'paused' | 'draining';
  /** POSIX milliseconds. */
  readonly sinceMs: number;
  /** The operator's reason, for callers and colleagues. */
  readonly reason?: string;
};

/** The switch that closes a network to new settlements, on all replicas at once. */
export interface PauseSwitch {
  /**
   * @throws JournalUnavailableError when Redis does not answer. So do the methods below, and where replicas that must acknowledge
   * do not have the word in time.
   */
  read(): Promise<Pause | undefined>;
  /** Once it resolves, no new claim succeeds: the claim script checks the same key. */
  close(pause: Pause): Promise<void>;
  /** False when it was open already. */
  open(): Promise<boolean>;
}

/**
 * Guarantees: closes a network on a full Redis too. A script that has deleted may write, whatever the memory; Redis
 * refuses only those that begin with a write that needs some.
 *
 * Keys: pause. Arguments: the pause.
 */
const closeScript = {
  name: 'x402JournalClose',
  lua: `
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1])
`,
} as const;

/**
 * Guarantees: opens a network, and tells whether it was closed.
 *
 * Keys: pause. Returns: how many were removed.
 */
const openScript = { name: 'x402JournalOpen', lua: "return redis.call('DEL', KEYS[1])" } as const;

export function createPauseSwitch({
  redis,
  network,
  acknowledged,
}: OnNetwork & {
  /** Where given, a word counts once replicas have it. */
  readonly acknowledged?: AcknowledgedWrites | undefined;
}): PauseSwitch {
  const key = journalKeys(network).pause;
  const closeNetwork = defineWord(redis, acknowledged, closeScript);
  const openNetwork = defineWord(redis, acknowledged, openScript);
  return {
    async read() {
      const text = await readStored(() => redis.get(key));
      return text.ok && text.value === null ? undefined : decodePause(text.ok ? text.value : undefined);
    },
    async close(pause) {
      await closeNetwork([key], [JSON.stringify(pause)]);
    },
    async open() {
      return (await openNetwork([key], [])) === 1;
    },
  };
}

/** Any value closes: an operator in a hurry may have written it by hand. */
export function decodePause(text: unknown): Pause {
  const parsed = pauseSchema.safeParse(text);
  if (!parsed.success) return { mode: 'paused', sinceMs: 0 };
  const { reason, ...pause } = parsed.data;
  return reason === undefined ? pause : { ...pause, reason };
}
