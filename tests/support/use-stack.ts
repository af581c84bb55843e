import { type AppProcess, type Stack, type StackOptions, startStack } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll } from 'vitest';

/** Block time of the tests: short, but longer than a payment needs to reach the mempool. */
export const BLOCK_MS = 250;

/** One stack for a whole test file: its processes are started once, not once per test. */
export function useStack(options: StackOptions = {}): () => Stack {
  let stack: Stack | undefined;
  beforeAll(async () => {
    stack = await startStack({ blockMs: BLOCK_MS, ...options });
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);
  return () => {
    if (stack === undefined) throw new Error('The stack is not up yet');
    return stack;
  };
}

/** A replica by its index, or an error instead of `undefined`. */
export function replica(replicas: readonly AppProcess[], index = 0): AppProcess {
  const found = replicas[index];
  if (found === undefined)
    throw new Error(`Expected at least ${index + 1} replicas, found ${replicas.length}`);
  return found;
}
