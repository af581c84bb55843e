import { z } from 'zod';
import { prioritized } from '../budget/index.js';
import type { Clock } from '../clock.js';
import type { ChainKeys } from '../keys.js';
import { ChainProviderError } from '../provider.js';
import type { RedisCommands } from '../redis-commands.js';
import { soon } from '../soon.js';
import type { ProviderGuard } from './provider-guard.js';
import type { ProviderHealth } from './provider-health.js';

export type ProviderWatchOptions = {
  readonly guards: readonly ProviderGuard[];
  readonly keys: ChainKeys;
  readonly clock: Clock;
  /** Makes one replica probe for all; unset, or while it does not answer, every process probes for itself. */
  readonly redis?: RedisCommands | undefined;
  /** Between two probes of a provider while all is well. */
  readonly probeEveryMs?: number | undefined;
  /** Between two probes while something is wrong and somebody asks. */
  readonly recheckEveryMs?: number | undefined;
  /** Blocks that a tip may be behind the best one. */
  readonly maxLagBlocks?: number | undefined;
};

/** A network's providers as `/health` shows them. */
export type ChainHealth = {
  /** True when at least one provider can be used. */
  readonly isUp: boolean;
  readonly providers: readonly ProviderHealth[];
};

export type ProviderWatch = {
  /** What is known, probing first when that is too old. Never rejects. */
  health(): Promise<ChainHealth>;
  /** Called with every question to a provider: looks after what is down, in the background. */
  nudge(): void;
  /** What is wrong with a tip that a provider shows, in words; `undefined` when nothing is. */
  lagOf(guard: ProviderGuard, height: number): string | undefined;
  /** Begins to probe. */
  start(): void;
  stop(): void;
};

const DEFAULTS = { probeEveryMs: 60_000, recheckEveryMs: 5_000, maxLagBlocks: 5 } as const;
const REDIS_PATIENCE_MS = 300;

const observationSchema = z.object({
  height: z.int().nullable(),
  identified: z.boolean(),
  wrongNetwork: z.string().optional(),
});

type Observation = z.output<typeof observationSchema>;

/**
 * Watches the providers of one network: asks each for its tip once a minute, whichever replica comes first doing it
 * for all, and compares. A provider's first probe also asks which network it serves.
 *
 * Whether a provider can be reached is every process's own knowledge; what it shows is the same for all.
 */
export function createProviderWatch(options: ProviderWatchOptions): ProviderWatch {
  const { guards, keys, clock, redis } = options;
  const {
    probeEveryMs = DEFAULTS.probeEveryMs,
    recheckEveryMs = DEFAULTS.recheckEveryMs,
    maxLagBlocks = DEFAULTS.maxLagBlocks,
  } = options;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let lastRoundMs = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  const lagBehind = (height: number, best: number): string | undefined =>
    best - height >= maxLagBlocks ? `its tip is ${best - height} blocks behind` : undefined;

  const shared = async <T>(ask: (connection: RedisCommands) => Promise<T>): Promise<T | undefined> =>
    redis?.status === 'ready' ? soon(REDIS_PATIENCE_MS, ask(redis)) : undefined;

  /**
   * True when this process is the one to probe: it won, nobody can be asked, or it has yet to find out for itself what
   * it can reach.
   */
  const isMyTurn = async (validMs: number, isFirst: boolean): Promise<boolean> => {
    if (isFirst) return true;
    const won = await shared((connection) =>
      connection.set(keys.probing, '1', 'PX', Math.max(Math.floor(validMs * 0.9), 1), 'NX'),
    );
    return won === undefined || won === 'OK';
  };

  /** @returns the height of the tip, or `undefined` when it showed none. */
  const probe = async (guard: ProviderGuard): Promise<number | undefined> => {
    const startedAt = performance.now();
    try {
      const tip = await guard.run(async (provider) => {
        const polling = prioritized(provider, 'polling');
        if (!guard.isIdentified) await polling.getTimeline();
        return polling.getTip();
      });
      guard.noteNetwork(undefined);
      guard.noteProbe(undefined, Math.round((performance.now() - startedAt) * 100) / 100);
      guard.noteTip(tip.height);
      return tip.height;
    } catch (error) {
      if (!(error instanceof ChainProviderError)) throw error;
      if (error.outcome === 'wrong_network') guard.noteNetwork('serves another network');
      // A short budget, or an open circuit, says nothing new.
      else if (error.outcome !== 'budget_exhausted' && error.outcome !== 'circuit_open')
        guard.noteProbe(`failed its probe: ${error.outcome ?? 'no answer'}`);
      return undefined;
    }
  };

  const compare = (seen: readonly (readonly [ProviderGuard, number | null | undefined])[]) => {
    const best = Math.max(...seen.map(([, height]) => height ?? 0));
    for (const [guard, height] of seen)
      if (typeof height === 'number') guard.noteLag(lagBehind(height, best));
  };

  const probeAll = async () => {
    const seen = await Promise.all(guards.map(async (guard) => [guard, await probe(guard)] as const));
    compare(seen);
    const observations = seen.map(([guard, height]): [string, Observation] => {
      const { name, state, message = '' } = guard.health();
      return [
        name,
        {
          height: height ?? null,
          identified: guard.isIdentified,
          ...(state === 'wrong_network' ? { wrongNetwork: message } : {}),
        },
      ];
    });
    await shared((connection) =>
      connection.hset(
        keys.observations,
        Object.fromEntries(observations.map(([name, observation]) => [name, JSON.stringify(observation)])),
      ),
    );
  };

  /** Takes over what another replica saw, and probes only what this process cannot reach itself. */
  const learn = async () => {
    const stored = (await shared((connection) => connection.hgetall(keys.observations))) ?? {};
    const seen = await Promise.all(
      guards.map(async (guard) => {
        const observation = parseObservation(stored[guard.provider.name]);
        if (guard.health().state === 'down') return [guard, await probe(guard)] as const;
        if (observation === undefined) return [guard, undefined] as const;
        if (observation.wrongNetwork !== undefined) guard.noteNetwork(observation.wrongNetwork);
        else if (observation.identified) guard.noteNetwork(undefined);
        if (observation.height !== null) guard.noteTip(observation.height);
        return [guard, observation.height] as const;
      }),
    );
    compare(seen);
  };

  const startRound = (validMs: number): Promise<void> => {
    round ??= (async () => {
      const isFirst = lastRoundMs === Number.NEGATIVE_INFINITY;
      lastRoundMs = clock();
      if (await isMyTurn(validMs, isFirst)) await probeAll();
      else await learn();
    })().finally(() => {
      round = undefined;
    });
    return round;
  };

  const isWhole = () => guards.every((guard) => guard.isUp());
  const dueMs = () => (isWhole() ? probeEveryMs : recheckEveryMs);

  return {
    async health() {
      if (!isStopped && clock() - lastRoundMs >= dueMs()) await startRound(dueMs()).catch(() => undefined);
      else await round?.catch(() => undefined);
      return {
        isUp: guards.some((guard) => guard.isUp()),
        providers: guards.map((guard) => guard.health()),
      };
    },
    nudge() {
      if (isStopped || isWhole() || clock() - lastRoundMs < recheckEveryMs) return;
      startRound(recheckEveryMs).catch(() => undefined);
    },
    lagOf(guard, height) {
      guard.noteTip(height);
      const others = guards.filter((other) => other !== guard && other.isUp());
      const best = Math.max(0, ...others.map(({ tipHeight = 0 }) => tipHeight));
      const problem = lagBehind(height, best);
      if (problem !== undefined) guard.noteLag(problem);
      return problem;
    },
    start() {
      startRound(probeEveryMs).catch(() => undefined);
      timer = setInterval(() => {
        if (clock() - lastRoundMs >= probeEveryMs / 2) startRound(probeEveryMs).catch(() => undefined);
      }, probeEveryMs);
      timer.unref();
    },
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}

function parseObservation(text: string | undefined): Observation | undefined {
  if (text === undefined) return undefined;
  try {
    return observationSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
