import { expect, test } from 'vitest';
import { runChannelServers } from './channel-servers/run-channel-servers.js';

test('two servers on one store and a manager, killed at random: nothing unpaid, nothing twice, claimed is charged, the rest comes back', async () => {
  const report = await runChannelServers({ vouchers: 500, channels: 10, seed: 7 });
  expect(report).toMatchObject({ served: 500, corrected: 0, problems: [] });
  for (const { channels, charged, claimed, deposited, returned } of [report.settled, report.abandoned]) {
    expect(channels).toBe(5);
    expect(claimed).toBe(charged);
    expect(returned).toBe(deposited - charged);
  }
  expect(report.kills).toBeGreaterThan(0);
  expect(report.managerKills).toBeGreaterThan(0);
});
