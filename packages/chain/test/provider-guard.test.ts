import { expect, test } from 'vitest';
import { createProviderGuard, type ProviderGuard } from '../src/failover/provider-guard.js';
import {
  ChainProviderError,
  type ClosableChainProvider,
  type ProviderCallOutcome,
} from '../src/provider/index.js';

const OPEN_MS = 100;

const unused = (): never => {
  throw new Error('the guard asks no budget');
};

function startGuard(): ProviderGuard {
  return createProviderGuard({
    provider: { name: 'first' } as ClosableChainProvider,
    budget: { take: unused, peek: unused, backOff: async () => undefined },
    clock: Date.now,
    failures: 2,
    openMs: OPEN_MS,
    maxOpenMs: OPEN_MS,
  });
}

/** Makes a call that ends so, and tells how it ended for its caller. */
const end = (guard: ProviderGuard, outcome: ProviderCallOutcome): Promise<ProviderCallOutcome | undefined> =>
  guard
    .run(async () => {
      if (outcome === 'ok') return 'answer';
      throw new ChainProviderError(outcome, { provider: 'first', operation: 'any', outcome });
    })
    .then(
      () => 'ok' as const,
      (error: unknown) => (error instanceof ChainProviderError ? error.outcome : undefined),
    );

const submit = (guard: ProviderGuard, outcome: ProviderCallOutcome) =>
  guard.run(async () => ({ kind: 'ambiguous', message: '', outcome }) as const).catch(() => undefined);

async function opened(): Promise<ProviderGuard> {
  const guard = startGuard();
  await end(guard, 'timeout');
  await end(guard, 'timeout');
  expect(await end(guard, 'ok')).toBe('circuit_open');
  return guard;
}

/** Makes such calls until one is let through, to try the provider again. */
const tried = (guard: ProviderGuard, outcome: ProviderCallOutcome) =>
  expect.poll(() => end(guard, outcome)).toBe(outcome);

test.each(['budget_exhausted', 'reserved'] as const)(
  'a call that our own budget held back (%s) proves nothing of a provider that is tried again',
  async (outcome) => {
    const guard = await opened();
    await tried(guard, outcome);
    expect(guard.isUp()).toBe(false);
    expect(await end(guard, 'ok'), 'the circuit is open again').toBe('circuit_open');
    await tried(guard, 'ok');
    expect(guard.isUp()).toBe(true);
  },
);

test('nor does a submission that was held back', async () => {
  const guard = await opened();
  await expect.poll(() => submit(guard, 'budget_exhausted')).toMatchObject({ outcome: 'budget_exhausted' });
  expect(guard.isUp()).toBe(false);
});

test('calls that our own budget holds back open no circuit', async () => {
  const guard = startGuard();
  for (let call = 0; call < 10; call += 1) await end(guard, 'budget_exhausted');
  expect(guard.isUp()).toBe(true);
  expect(await end(guard, 'ok')).toBe('ok');
});

test('an answer that says no closes the circuit: the provider is there', async () => {
  const guard = await opened();
  await tried(guard, 'refused');
  expect(await end(guard, 'ok')).toBe('ok');
});
