import { expect, test } from 'vitest';
import { runSponsored } from './sponsored/run-sponsored.js';

// `pnpm sponsored` does the same with any number.
test('two hundred sponsored payments made at once with three workers use each output once, and the books balance to the lovelace', async () => {
  const report = await runSponsored({ payments: 200, workers: 3, announce: () => undefined });
  expect(report.violations).toEqual([]);
  expect(report.books).toMatchObject({ reservedCount: 200, signedCount: 200 });
});
