import { z } from 'zod';
import { askedBy, ChainProviderError, type Clock, parseJson, wasNotSent } from '../provider/index.js';
import { askRedis, type ChainKeys, type RedisCommands } from '../redis/index.js';
import type { ProviderGuard } from './provider-guard.js';
import type { ProviderHealth } from './provider-health.js';

export type ProviderWatchOptions = {
  readonly guards: readonly ProviderGuard[];
  readonly keys: ChainKeys;
  readonly clock: Clock;
  /** Makes one replica probe for all. Unset, or while it does not answer, every process probes for itself. */
  readonly redis?: RedisCommands | undefined;
  /** Between two probes of a provider while all are up. */
  readonly probeEveryMs?: number | undefined;
  /** Between two probes while one is not up, if it is needed. */
  readonly recheckEveryMs?: number | undefined;
  /** How many blocks behind the best tip count as lagging. */
  readonly maxLagBlocks?: number | undefined;
};

/** A network's providers as `/health` shows them. */
export type ProvidersHealth = {
  /** True when at least one provider can be used. */
  readonly isUp: boolean;
  readonly providers: readonly ProviderHealth[];
};

export type ProviderWatch = {
  /** What is known, after a new probe if that is too old or a provider cannot be reached. Never rejects. */
  health(): Promise<ProvidersHealth>;
  /** Called with every question to a provider: probes in the background while one is not up. */
  recheck(): void;
  /** Takes in a tip that a provider shows. Returns how many blocks it is behind, 0 when that is not too many. */
  blocksBehind(guard: ProviderGuard, height: number): number;
  /** Begins to probe. */
  start(): void;
  stop(): void;
};

const DEFAULTS = { probeEveryMs: 60_000, recheckEveryMs: 5_000, maxLagBlocks: 5 } as const;
const ANSWER_WITHIN_MS = 300;

/** What one replica's probe found, as it tells the others. */
const findingSchema = z.object({
  height: z.int().nullable(),
  identified: z.boolean(),
  wrongNetwork: z.string().optional(),
});

type Finding = z.output<typeof findingSchema>;

/** A provider and the height of its tip, where that is known. */
type Seen = readonly [ProviderGuard, number | null];

/**
 * Watches the providers of one network. Once a minute one replica asks each of them for its tip, compares the tips, and
 * tells the other replicas. A provider's first probe also asks which network it serves. Between these probes, reading the
 * health looks whether each can be reached.
 *
 * Whether a provider can be reached, each process finds out for itself. What the provider shows is the same for all.
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
  let lastReachMs = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  const lag = (height: number, best: number) => (best - height >= maxLagBlocks ? best - height : 0);

  /**
   * True when this process has to probe: it is the first of the replicas, Redis does not answer, or it has not probed
   * yet and so does not know what it can reach.
   */
  const isMyTurn = async (validMs: number, isFirst: boolean): Promise<boolean> => {
    if (isFirst) return true;
    const heldMs = Math.max(Math.floor(validMs * 0.9), 1);
    const won = await askRedis(redis, ANSWER_WITHIN_MS, (it) =>
      it.set(keys.probing, '1', 'PX', heldMs, 'NX'),
    );
    return won === undefined || won === 'OK';
  };

  const probe = async (guard: ProviderGuard): Promise<Seen> => {
    const startedAt = performance.now();
    try {
      const { height } = await guard.run(async (provider) => {
        const polling = askedBy(provider, { priority: 'polling' });
        if (!guard.isIdentified) await polling.getTimeline();
        return polling.getTip();
      });
      const latencyMs = Math.round((performance.now() - startedAt) * 100) / 100;
      guard.observe({ kind: 'probe_answered', latencyMs, height });
      return [guard, height];
    } catch (error) {
      if (!(error instanceof ChainProviderError)) throw error;
      const { outcome } = error;
      if (outcome !== 'wrong_network' && !wasNotSent(outcome))
        guard.observe({ kind: 'probe_failed', outcome });
      return [guard, null];
    }
  };

  const compare = (seen: readonly Seen[]) => {
    const best = Math.max(...seen.map(([, height]) => height ?? 0));
    for (const [guard, height] of seen) {
      if (height === null) continue;
      const blocks = lag(height, best);
      guard.observe(blocks === 0 ? { kind: 'caught_up' } : { kind: 'fell_behind', blocks });
    }
  };

  const probeAll = async () => {
    const seen = await Promise.all(guards.map(probe));
    compare(seen);
    const findings = seen.map(([guard, height]): [string, string] => {
      const { name, state, message = '' } = guard.health();
      const finding: Finding = {
        height,
        identified: guard.isIdentified,
        ...(state === 'wrong_network' ? { wrongNetwork: message } : {}),
      };
      return [name, JSON.stringify(finding)];
    });
    await askRedis(redis, ANSWER_WITHIN_MS, (it) => it.hset(keys.observations, Object.fromEntries(findings)));
  };

  /** Takes over what another replica found, and probes only what this process cannot reach. */
  const adoptFindings = async () => {
    const stored = await askRedis(redis, ANSWER_WITHIN_MS, (it) => it.hgetall(keys.observations));
    const adopt = async (guard: ProviderGuard): Promise<Seen> => {
      if (guard.health().state === 'down') return probe(guard);
      const finding = findingSchema.safeParse(parseJson(stored?.[guard.provider.name] ?? ''));
      if (!finding.success) return [guard, null];
      const { height, identified, wrongNetwork } = finding.data;
      if (wrongNetwork !== undefined) guard.observe({ kind: 'wrong_network' });
      else if (identified) guard.observe({ kind: 'network_confirmed' });
      if (height !== null) guard.observe({ kind: 'tip_seen', height });
      return [guard, height];
    };
    compare(await Promise.all(guards.map(adopt)));
  };

  const startRound = (validMs: number): Promise<void> => {
    round ??= (async () => {
      const isFirst = lastRoundMs === Number.NEGATIVE_INFINITY;
      lastRoundMs = clock();
      if (await isMyTurn(validMs, isFirst)) await probeAll();
      else await adoptFindings();
    })().finally(() => {
      round = undefined;
    });
    return round;
  };

  /** Probes those that cannot be reached, with which nothing may have talked since the last round. */
  const probeUnreachable = async () => {
    lastReachMs = clock();
    await Promise.all(
      guards.map(async (guard) => {
        if (!(await guard.provider.canConnect())) await probe(guard);
      }),
    );
  };

  const areAllUp = () => guards.every((guard) => guard.isUp());
  const dueMs = () => (areAllUp() ? probeEveryMs : recheckEveryMs);

  return {
    async health() {
      if (!isStopped && clock() - lastRoundMs >= dueMs()) await startRound(dueMs()).catch(() => undefined);
      else await round?.catch(() => undefined);
      const lookedMs = Math.max(lastRoundMs, lastReachMs);
      if (!isStopped && areAllUp() && clock() - lookedMs >= recheckEveryMs)
        await probeUnreachable().catch(() => undefined);
      return {
        isUp: guards.some((guard) => guard.isUp()),
        providers: guards.map((guard) => guard.health()),
      };
    },
    recheck() {
      if (isStopped || areAllUp() || clock() - lastRoundMs < recheckEveryMs) return;
      startRound(recheckEveryMs).catch(() => undefined);
    },
    blocksBehind(guard, height) {
      guard.observe({ kind: 'tip_seen', height });
      const others = guards.filter((other) => other !== guard && other.isUp());
      const best = Math.max(0, ...others.map(({ tipHeight = 0 }) => tipHeight));
      const blocks = lag(height, best);
      if (blocks > 0) guard.observe({ kind: 'fell_behind', blocks });
      return blocks;
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
