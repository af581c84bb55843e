import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from './deployment.js';
import { control } from './money.js';
import type { FaultKind, PlannedFault } from './schedule.js';

const DEEPEST_ROLLBACK = 5;
/** The provider's operations that payments in flight use. */
const OPERATIONS = ['*', 'POST /tx/submit', 'POST /tx/submit', 'GET /txs/*', 'GET /blocks/*'] as const;

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
    case 'kill Redis':
      return deployment.bounceRedis('SIGKILL', forMs);
    case 'restart Redis':
      return deployment.bounceRedis('SIGTERM', forMs);
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
  }
}
