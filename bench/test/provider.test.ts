import { expect, test } from 'vitest';
import { provider } from '../src/provider/index.js';

test('the provider benchmark runs: a payment costs three calls, and goes on whatever happens to the primary', async () => {
  const { figures, tables } = await provider.run({ scale: 'smoke', announce: () => undefined });
  expect(figures.payment).toStrictEqual({ verify: 1, verifyAgain: 0, settle: 2, confirm: 0, total: 3 });
  expect(figures.idle.calls).toBeLessThanOrEqual(1);
  expect(figures.follower.map(({ pending }) => pending)).toStrictEqual([1, 50]);
  expect(figures.outages).toHaveLength(3);
  for (const outage of figures.outages) expect(outage).toMatchObject({ refused: 0, settled: true });
  // How fast it is depends on the machine: the command says, the suite does not.
  expect(tables).toContain('| verify + settle + confirm | 3 |');
});
