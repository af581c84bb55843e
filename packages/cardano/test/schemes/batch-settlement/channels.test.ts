import { LOVELACE } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { claim, HELD, opening, refund, SUBBED, topUp, voucher } from '../../support/channels/drafts.js';
import { CHANNEL_TOKEN, CONSUMER, PROVIDER } from '../../support/channels/parties.js';
import { verifyChannel } from '../../support/channels/verify.js';

const state = (balance: bigint, subbed = SUBBED) => ({
  channelId: expect.stringMatching(/^[0-9a-f]{64}$/),
  channelRef: expect.stringMatching(/^[0-9a-f]{64}#0$/),
  balance: `${balance}`,
  totalClaimed: `${subbed}`,
  withdrawRequestedAt: 0,
});

const RESERVE = 1_732_620n;

test('a valid answer tells the channel’s state: an opening as it will be, all others as it is now', () => {
  const payer = CONSUMER.keyHash;
  expect(verifyChannel(opening(LOVELACE))).toMatchObject({
    ok: true,
    value: { kind: 'deposit', payer, extra: { ...state(HELD - RESERVE, 0n), channelRef: '' } },
  });
  expect(verifyChannel(opening(CHANNEL_TOKEN))).toMatchObject({
    value: { extra: { balance: `${HELD}`, channelRef: '' } },
  });
  for (const draft of [topUp, voucher, refund]) {
    const ada = { payer, extra: state(SUBBED + HELD - RESERVE) };
    expect(verifyChannel(draft(LOVELACE))).toMatchObject({ ok: true, value: ada });
    expect(verifyChannel(draft(CHANNEL_TOKEN))).toMatchObject({
      ok: true,
      value: { extra: state(SUBBED + HELD) },
    });
  }
  expect(verifyChannel(claim(LOVELACE))).toMatchObject({
    ok: true,
    value: { kind: 'claim', payer: PROVIDER.keyHash, extra: {} },
  });
});

test('a refusal names the payer once the payload could be read', () => {
  const bent = { ...voucher(LOVELACE), followed: { status: 'missing' } as const };
  expect(verifyChannel(bent)).toMatchObject({ ok: false, error: { payer: CONSUMER.keyHash } });
});
