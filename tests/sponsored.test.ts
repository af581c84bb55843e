import { expect, test } from 'vitest';
import { runSponsored } from './sponsored/run-sponsored.js';

// `pnpm sponsored` makes 200 of them with three workers.
test('sponsored payments made at once by two workers use each output once, and the books balance to the lovelace', async () => {
  const report = await runSponsored({ payments: 20, workers: 2, announce: () => undefined });
  expect(report.violations).toEqual([]);
  expect(report.books).toMatchObject({ reservedCount: 20, signedCount: 20 });
}, 120_000);
