import { z } from 'zod';
import { answered, jsonField, type OnNetwork, readStored } from '../redis/index.js';
import { journalKeys } from './keys.js';

const pauseSchema = jsonField.pipe(
  z.object({
    mode: z.enum(['paused', 'draining']).catch('paused'),
    sinceMs: z.int().nonnegative().catch(0),
    reason: z.string().optional(),
  }),
);

/** An operator has stopped new settlements of a network. */
export type Pause = {
  /** `paused`: what is queued waits too. `draining`: what was accepted goes on to its end. */
  readonly mode: 'paused' | 'draining';
  /** POSIX milliseconds. */
  readonly sinceMs: number;
  /** The operator's words, for callers and colleagues. */
  readonly reason?: string;
};

/** The switch that closes a network to new settlements, on every replica at the same instant. */
export interface PauseSwitch {
  /** @throws JournalUnavailableError when Redis does not answer, like its neighbours. */
  read(): Promise<Pause | undefined>;
  /** Once it resolves, no further claim is made: the claim script looks at the same key. */
  close(pause: Pause): Promise<void>;
  /** False when it was open already. */
  open(): Promise<boolean>;
}

export function createPauseSwitch({ redis, network }: OnNetwork): PauseSwitch {
  const key = journalKeys(network).pause;
  return {
    async read() {
      const text = await readStored(() => redis.get(key));
      return text.ok && text.value === null ? undefined : decodePause(text.ok ? text.value : undefined);
    },
    async close(pause) {
      await answered(() => redis.set(key, JSON.stringify(pause)));
    },
    async open() {
      return (await answered(() => redis.del(key))) === 1;
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
