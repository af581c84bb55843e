import { expect, test } from 'vitest';
import { metricsOf, noCounts } from '../../src/channel-manager/metrics.js';
import type { ChannelRecord } from '../../src/channels/index.js';
import { testChannel, view } from '../channels/support.js';

const CLOSED_AT = 1_800_000_000;

function record(over: Partial<ChannelRecord> = {}): ChannelRecord {
  const { sign, ...channel } = testChannel(1);
  return { ...channel, ...view(), charged: 500n, iou: sign(500n), syncedAtMs: 0, note: '', ...over };
}

test.each([
  [0, 599, 0],
  [0, 600, 1],
  [500, 600, 0],
])('closed with %i of 500 redeemed, %i s of 900 later: %i are late', (claimed, seconds, late) => {
  const closed = record({ withdrawRequestedAt: CLOSED_AT, totalClaimed: BigInt(claimed) });
  const metrics = metricsOf([closed], noCounts(), (CLOSED_AT + seconds) * 1000);
  expect(metrics).toMatchObject({ x402_active_subscriptions: 0, channel_unsettled_late: late });
});

test('what is locked and not yet claimed is summed by asset', () => {
  const token = `${'ab'.repeat(28)}.00`;
  const records = [
    record({ totalClaimed: 400n }),
    record({ balance: 10n }),
    record({ config: { ...record().config, token }, balance: 7n }),
  ];
  expect(metricsOf(records, noCounts(), 0)).toMatchObject({
    x402_credit_balance: { lovelace: 999_610n, [token]: 7n },
    x402_active_subscriptions: 3,
  });
});
