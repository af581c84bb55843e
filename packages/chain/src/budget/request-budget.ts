import type { Clock, Priority } from '../provider/index.js';
import { askRedis, type RedisCommands, timeByRedis } from '../redis/index.js';
import { type BudgetGrant, grantFor, type RequestBudget, type Spare, spareOf } from './budget.js';
import type { BudgetLimits } from './limits.js';
import { createLocalBudget } from './local-budget.js';
import { takeScript } from './take-script.js';

export type RequestBudgetOptions = {
  readonly key: string;
  readonly limits: BudgetLimits | undefined;
  /** Shared by all replicas. Unset, or while it does not answer, the process keeps a budget of its own. */
  readonly redis?: RedisCommands | undefined;
  /** What strangers leave, as a share of the burst and of the day; 0 when unset. */
  readonly reserveShare?: number | undefined;
  readonly clock: Clock;
  /** Makes `clock` set the time in Redis too, for tests that span a day. */
  readonly clockRules?: boolean | undefined;
};

const ANSWER_WITHIN_MS = 200;

/**
 * The budget of one provider: a token bucket and a daily count that all replicas share. When Redis does not answer,
 * each process uses a budget of its own: `/verify` must not stop for it.
 */
export function createRequestBudget(options: RequestBudgetOptions): RequestBudget {
  const { redis, key, limits, clock, clockRules = false, reserveShare = 0 } = options;
  const local = createLocalBudget(limits, clock);
  redis?.defineCommand(takeScript.name, { lua: takeScript.lua, numberOfKeys: 1 });

  const askShared = async (shared: RedisCommands, spare: Spare, count: 0 | 1): Promise<BudgetGrant> => {
    const command = Reflect.get(shared, takeScript.name) as (
      ...args: readonly (string | number)[]
    ) => Promise<readonly [BudgetGrant['kind'], number, number]>;
    const [kind, waitMs, left] = await command.call(
      shared,
      key,
      limits?.requestsPerSecond ?? 0,
      limits?.burst ?? 0,
      limits?.perDay ?? 0,
      spare.tokens,
      spare.ofDay,
      clockRules ? clock() : '',
      count,
    );
    return { kind, waitMs, leftToday: left < 0 ? undefined : left };
  };

  const ask = async (priority: Priority, how: 'take' | 'peek'): Promise<BudgetGrant> => {
    const spare = spareOf(limits, priority, reserveShare);
    const shared = await askRedis(redis, ANSWER_WITHIN_MS, (connection) =>
      askShared(connection, spare, how === 'take' ? 1 : 0),
    );
    return grantFor(priority, spare, shared ?? local[how](spare));
  };

  return {
    take: (priority) => ask(priority, 'take'),
    peek: (priority) => ask(priority, 'peek'),
    async backOff(ms) {
      await local.backOff(ms);
      // By the clock that the script goes by.
      const nowMs = clockRules ? clock() : await timeByRedis(redis, ANSWER_WITHIN_MS);
      if (nowMs === undefined) return;
      await askRedis(redis, ANSWER_WITHIN_MS, (it) => it.hset(key, 'backOffUntilMs', nowMs + ms));
      await askRedis(redis, ANSWER_WITHIN_MS, (it) => it.pexpire(key, Math.max(ms, 2 * 86_400_000)));
    },
  };
}
