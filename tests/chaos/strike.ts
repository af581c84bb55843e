import { setTimeout as sleep } from 'node:timers/promises';
import { DOWN_AFTER_MS, type RedisNode } from '../support/redis-group.js';
import type { Deployment, Tier } from './deployment.js';
import { control } from './money.js';
import type { FaultKind, PlannedFault, RedisFaultKind } from './schedule.js';

const DEEPEST_ROLLBACK = 5;
/** The provider's operations that payments in flight use. */
const OPERATIONS = ['*', 'POST /tx/submit', 'POST /tx/submit', 'GET /txs/*', 'GET /blocks/*'] as const;
/** Of the list of refusals that end a settlement, had they lasted. */
const FALSE_REFUSAL =
  'transaction submit error ShelleyTxValidationError ShelleyBasedEraConway (ApplyTxError (ConwayUtxowFailure (InvalidWitnessesUTXOW (VKey x :| [])) :| []))';
/** How far a clock may be off (docs/settlement.md). */
const MOST_SKEW_SECONDS = 8;

/** Causes one fault, and resolves when it is over. */
export async function strike(deployment: Deployment, fault: PlannedFault): Promise<void> {
  const { stack } = deployment;
  const { kind, dice, forMs } = fault;
  switch (kind) {
    case 'kill worker':
      return deployment.kill('worker', dice);
    case 'stop worker':
      return deployment.stop('worker', dice);
    case 'freeze worker':
      return deployment.freeze('worker', dice, forMs);
    case 'kill API':
      return deployment.kill('api', dice);
    case 'stop API':
      return deployment.stop('api', dice);
    case 'freeze API':
      return deployment.freeze('api', dice, forMs);
    case 'cut API and Redis':
      return cutFrom(deployment, 'api', fault, redisNames(deployment));
    case 'cut worker and Redis':
      return cutFrom(deployment, 'worker', fault, redisNames(deployment));
    case 'cut API and provider':
      return cutFrom(deployment, 'api', fault, ['devnet']);
    case 'cut worker and provider':
      return cutFrom(deployment, 'worker', fault, ['devnet']);
    case 'clock of API':
      return moveClock(deployment, 'api', fault);
    case 'clock of worker':
      return moveClock(deployment, 'worker', fault);
    case 'roll back, transactions return':
      return stack.control.rollback(dice.between(1, DEEPEST_ROLLBACK), 'return');
    case 'roll back, transactions vanish':
      return stack.control.rollback(dice.between(1, DEEPEST_ROLLBACK), 'vanish');
    case 'no blocks':
      await control(stack.devnet.controlUrl, '/pause', {});
      await sleep(forMs);
      await control(stack.devnet.controlUrl, '/resume', {});
      return;
    default:
      return hurtProvider(deployment, fault, kind);
  }
}

/** Causes one fault of Redis, and resolves when Redis has recovered from it. */
export async function strikeRedis(
  deployment: Deployment,
  { kind, dice, forMs }: PlannedFault<RedisFaultKind>,
): Promise<void> {
  const { redis, means } = deployment;
  const primary = await redis.primary();
  const replicas = redis.nodes.filter((node) => node !== primary);
  await hurtRedis();
  await redis.untilWhole();

  async function hurtRedis(): Promise<void> {
    switch (kind) {
      case 'kill Redis':
        return bounce(primary, 'SIGKILL', forMs);
      case 'restart Redis':
        return bounce(primary, 'SIGTERM', forMs);
      case 'kill replica of Redis':
        return bounce(dice.pick(replicas), 'SIGKILL', forMs);
      case 'freeze Redis':
        primary.process.signal('SIGSTOP');
        await sleep(forMs);
        primary.process.signal('SIGCONT');
        return;
      case 'slow disk of Redis': {
        const faster = await means.slowDisk?.(primary.process.pid, dice.pick([20, 100, 400]));
        await sleep(forMs);
        await faster?.();
        return;
      }
      case 'full disk of Redis': {
        const makeRoom = await means.disks?.fill(primary.name);
        // The next write that must be on the disk ends it.
        const ended = primary.process.exited.then(() => true);
        const hasEnded = await Promise.race([ended, sleep(forMs + DOWN_AFTER_MS).then(() => false)]);
        await makeRoom?.();
        if (hasEnded) await primary.start();
        return;
      }
      case 'planned fail-over':
        return redis.failOver();
      case 'cut Redis and a replica':
        return cut(deployment, [primary.name], [dice.pick(replicas).name], forMs);
      case 'cut Redis and both replicas':
        return cut(deployment, [primary.name], names(replicas), forMs);
      case 'cut Redis from all but its clients':
        return cut(deployment, [primary.name], [...names(replicas), ...SENTINELS], forMs);
      case 'cut Redis from all but some clients': {
        const { api, worker } = deployment.live;
        // The others see the new primary only, and these only the old one.
        const isolated = [api[0], worker[0]].flatMap((app) => app?.process.name ?? []);
        const others = [...api, ...worker]
          .map(({ process }) => process.name)
          .filter((it) => !isolated.includes(it));
        const rest = [...names(replicas), ...SENTINELS];
        await Promise.all([
          cut(deployment, [primary.name], [...rest, ...others], forMs),
          cut(deployment, isolated, rest, forMs),
        ]);
        return;
      }
    }
  }
}

const SENTINELS = ['sentinel-1', 'sentinel-2', 'sentinel-3'];

const names = (nodes: readonly RedisNode[]) => nodes.map(({ name }) => name);

function redisNames({ redis }: Deployment): readonly string[] {
  return [...names(redis.nodes), ...SENTINELS.slice(0, redis.sentinels.length)];
}

async function bounce(node: RedisNode, signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void> {
  node.process.signal(signal);
  await node.process.exited;
  await sleep(downMs);
  await node.start();
}

async function cut(
  { means, hosts }: Deployment,
  some: readonly string[],
  others: readonly string[],
  forMs: number,
): Promise<void> {
  const heal = await means.network?.cut(await hosts(some), await hosts(others));
  await sleep(forMs);
  await heal?.();
}

async function cutFrom(
  deployment: Deployment,
  tier: Tier,
  { dice, forMs }: PlannedFault,
  others: readonly string[],
): Promise<void> {
  const able = deployment.live[tier];
  if (able.length > 0) await cut(deployment, [dice.pick(able).process.name], others, forMs);
}

async function moveClock(deployment: Deployment, tier: Tier, { dice, forMs }: PlannedFault): Promise<void> {
  const able = deployment.live[tier];
  if (able.length === 0) return;
  const { name } = dice.pick(able).process;
  const seconds = dice.between(1, MOST_SKEW_SECONDS) * dice.pick([1, -1]);
  await deployment.means.clocks?.set(name, seconds);
  await sleep(forMs);
  await deployment.means.clocks?.set(name, 0);
}

async function hurtProvider(
  { stack }: Deployment,
  { dice, forMs }: PlannedFault,
  kind: Extract<FaultKind, `provider: ${string}`>,
): Promise<void> {
  const target = { operation: dice.pick(OPERATIONS), probability: dice.pick([0.3, 0.6, 1]) };
  const { id } = (await control(stack.devnet.controlUrl, '/faults', {
    ...target,
    ...faultOf(kind, forMs, dice.between(1, 3)),
  })) as { id: number };
  await sleep(forMs);
  // It may have had a count, and be gone already.
  await fetch(`${stack.devnet.controlUrl}/faults/${id}`, { method: 'DELETE' });
}

function faultOf(
  kind: Extract<FaultKind, `provider: ${string}`>,
  forMs: number,
  retryAfterSeconds: number,
): Readonly<Record<string, unknown>> {
  const status = (code: number, when: 'before' | 'after' = 'before') => ({
    kind: 'status',
    status: code,
    when,
  });
  switch (kind) {
    case 'provider: latency':
      return { kind: 'latency', ms: forMs };
    case 'provider: connection dropped before':
      return { kind: 'drop-before' };
    case 'provider: connection dropped after':
      return { kind: 'drop-after' };
    case 'provider: no answer, before':
      return { kind: 'hang', when: 'before', ms: 20_000 };
    case 'provider: no answer, after':
      return { kind: 'hang', when: 'after', ms: 20_000 };
    // A status that bans for minutes or a day unless it says for how long.
    case 'provider: 402':
      return { ...status(402), retryAfterSeconds };
    case 'provider: 403':
      return { ...status(403), retryAfterSeconds };
    case 'provider: 418':
      return { ...status(418), retryAfterSeconds };
    case 'provider: 425':
      return status(425);
    case 'provider: 429':
      return { ...status(429), retryAfterSeconds };
    case 'provider: 500 before':
      return status(500);
    case 'provider: 500 after':
      return status(500, 'after');
    case 'provider: stale reads':
      return { kind: 'stale', blocks: retryAfterSeconds };
    case 'provider: false refusal':
      return { ...status(400), operation: 'POST /tx/submit', message: FALSE_REFUSAL };
  }
}
