import { expect, test } from 'vitest';
import { benchProvider, describeProvider, QUICK } from '../src/provider/index.js';

test('the provider benchmark runs: a payment costs three calls, and goes on whatever happens to the primary', async () => {
  const result = await benchProvider(QUICK, () => undefined);
  expect(result.payment).toStrictEqual({ verify: 1, verifyAgain: 0, settle: 2, confirm: 0, total: 3 });
  expect(result.idle.calls).toBeLessThanOrEqual(1);
  expect(result.follower.map(({ pending }) => pending)).toStrictEqual(QUICK.pending);
  expect(result.outages).toHaveLength(3);
  for (const outage of result.outages) expect(outage).toMatchObject({ refused: 0, settled: true });
  // How fast it is depends on the machine: the command says, the suite does not.
  expect(describeProvider(result)).toContain('| verify + settle + confirm | 3 |');
}, 120_000);
