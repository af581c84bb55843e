import { expect, test } from 'vitest';
import { claim, opening, refund, topUp, voucher } from '../../support/channels/drafts.js';
import { CURRENCIES } from '../../support/channels/parties.js';
import { verifyChannel } from '../../support/channels/verify.js';

test.each(CURRENCIES)('%s: an opening, a top-up, a voucher, a refund and claims are accepted', (currency) => {
  for (const draft of [opening(currency), topUp(currency), voucher(currency), refund(currency)])
    expect(verifyChannel(draft)).toMatchObject({ ok: true });
  for (const [count, closed] of [
    [1, 0],
    [2, 1],
    [10, 3],
  ] as const)
    expect(verifyChannel(claim(currency, count, closed))).toMatchObject({ ok: true });
});
