import { LOVELACE, outRefKey } from '@x402-facilitator/cardano';
import { judgeRefund, readBuyer, writeProviderWitness } from '@x402-facilitator/cardano/channels';
import { expect, test } from 'vitest';
import { CHANNEL_CASES } from '../../conformance/channels/cases.js';
import * as cbor from '../../support/cbor-writer.js';
import { type ChannelDraft, requestOf, written } from '../../support/channels/draft.js';
import { refund, SUBBED } from '../../support/channels/drafts.js';
import { CHANNEL_TOKEN, PROVIDER } from '../../support/channels/parties.js';
import { CHANNEL_POLICY, verifyChannel } from '../../support/channels/verify.js';
import { refundForSellerStage } from '../../support/internals.js';

/** What a seller says to a refund whose channel a facilitator has followed. */
async function judge(draft: ChannelDraft): Promise<string> {
  const read = await readBuyer(requestOf(draft), { ...CHANNEL_POLICY, ...draft.policy });
  if (!read.ok) return read.error.code;
  const { payload } = read.value;
  if (payload.type !== 'refund') throw new Error('expected a refund');
  const channel = draft.followed?.status === 'found' ? draft.followed.output : draft.unspent[0];
  const channelRef = channel === undefined ? '' : outRefKey(channel.outRef);
  const judged = judgeRefund({ ...read.value, payload }, { channelRef, totalClaimed: SUBBED });
  return judged.ok ? 'accepted' : judged.error.code;
}

const names = new Set(refundForSellerStage.rules.map(({ name }) => name));
const own = CHANNEL_CASES.filter(({ kind, rule }) => kind === 'refund' && names.has(rule));

test('a seller has every rule on a refund that needs the chain for its place alone, and each has a case', () => {
  expect(names.size).toBe(8);
  expect(new Set(own.map(({ rule }) => rule))).toEqual(names);
});

test.each(own)('$rule: $situation: $expect, to the seller too', async ({ bend, expect: outcome, only }) => {
  for (const [unit, currency] of [
    ['ada', LOVELACE],
    ['token', CHANNEL_TOKEN],
  ] as const)
    if (only === undefined || only === unit)
      expect([unit, await judge(bend(refund(currency)))]).toEqual([unit, outcome]);
});

test('what the seller signs is what the facilitator then accepts', async () => {
  for (const currency of [LOVELACE, CHANNEL_TOKEN]) {
    const draft = refund(currency);
    expect(await judge(draft)).toBe('accepted');
    const id = written(draft)?.id ?? '';
    const providerWitness = writeProviderWitness(PROVIDER.publicKey, PROVIDER.sign(cbor.hex(id)));
    const request = requestOf(draft);
    const { paymentPayload } = request;
    const payload = { ...paymentPayload.payload, providerWitness };
    expect(
      verifyChannel(draft, { ...request, paymentPayload: { ...paymentPayload, payload } }),
    ).toMatchObject({
      ok: true,
    });
  }
});
