import { expect, test } from 'vitest';
import { runHostile } from './hostile/run-hostile.js';

// `npm run hostile` does the same with fifty thousand.
test('a thousand hostile transactions are judged in a bounded time and leave no memory behind', async () => {
  const { plain, memory } = await runHostile({ transactions: 1_000, seconds: 2, announce: () => undefined });
  expect(plain.refused).toBe(0);
  expect(memory.phase2Share).toBeGreaterThanOrEqual(0.5);
  expect(memory.deadlineShare).toBeLessThanOrEqual(0.01);
  expect(memory.endMegabytes - memory.startMegabytes).toBeLessThan(100);
});
