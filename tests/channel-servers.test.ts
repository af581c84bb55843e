import { expect, test } from 'vitest';
import { runChannelServers } from './channel-servers/run-channel-servers.js';

test('two servers on one store serve nothing unpaid and charge nothing twice, killed at random meanwhile', async () => {
  const report = await runChannelServers({ vouchers: 500, channels: 10, seed: 7 });
  expect(report).toMatchObject({ served: 500, corrected: 0, problems: [] });
  expect(report.kills).toBeGreaterThan(0);
}, 240_000);
