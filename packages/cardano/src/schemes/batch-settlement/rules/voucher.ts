import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import { type Channel, capacityOf, subbedOf } from '../channel/channel.js';
import type { BuyerFacts, CapacityKnown, ChannelKnown, MadeKnown, TransactionFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

const P = 'invalid_batch_settlement_cardano';
const PATH = 'paymentPayload.payload.voucher.maxClaimableAmount';

type Measured = BuyerFacts & Pick<TransactionFacts, 'networkFacts'>;

export const voucherPositive = defineRule({
  name: 'the voucher of an opening is for something',
  codes: [`${P}_cumulative_below_claimed`],
  source: 'binding: "POST /verify", Deposit',
  check({ payload: { voucher } }: Pick<BuyerFacts, 'payload'>, refuse) {
    if (voucher.maxClaimableAmount > 0n) return PASSED;
    return refuse(`${P}_cumulative_below_claimed`, `${PATH}: expected more than 0, found 0`);
  },
});

/** The voucher is at most what the channel can pay without its consumer. */
function withinCapacity<Facts extends Measured>(name: string, channelOf: (facts: Facts) => Channel) {
  return defineRule({
    name,
    codes: [`${P}_cumulative_exceeds_balance`],
    source: 'binding: "Minimum UTxO value", "POST /verify"',
    check(facts: Facts, refuse): Result<CapacityKnown, Refusal> {
      const capacity = capacityOf(channelOf(facts), facts.networkFacts.parameters);
      const { maxClaimableAmount } = facts.payload.voucher;
      if (maxClaimableAmount <= capacity) return ok({ capacity });
      const message = `${PATH}: expected at most the channel’s capacity ${capacity}, found ${maxClaimableAmount}`;
      return refuse(`${P}_cumulative_exceeds_balance`, message);
    },
  });
}

export const withinMade = withinCapacity(
  'the voucher is at most the capacity that the deposit leaves',
  ({ made }: Measured & MadeKnown) => made,
);

export const withinChannel = withinCapacity(
  'the voucher is at most the capacity',
  ({ channel }: Measured & ChannelKnown) => channel,
);

export const aboveSubbed = defineRule({
  name: 'the voucher is above what was redeemed',
  codes: [`${P}_cumulative_below_claimed`],
  source: 'binding: "POST /verify"',
  check({ channel, payload: { voucher } }: BuyerFacts & ChannelKnown, refuse) {
    const subbed = subbedOf(channel);
    if (voucher.maxClaimableAmount > subbed) return PASSED;
    const message = `${PATH}: expected more than the ${subbed} that was redeemed, found ${voucher.maxClaimableAmount}`;
    return refuse(`${P}_cumulative_below_claimed`, message);
  },
});

export const notBelowSubbed = defineRule({
  name: 'the voucher is at least what was redeemed',
  codes: [`${P}_cumulative_below_claimed`],
  source: 'binding: "POST /verify", Refund',
  check({ channel, payload: { voucher } }: BuyerFacts & ChannelKnown, refuse) {
    const subbed = subbedOf(channel);
    if (voucher.maxClaimableAmount >= subbed) return PASSED;
    const message = `${PATH}: expected at least the ${subbed} that was redeemed, found ${voucher.maxClaimableAmount}`;
    return refuse(`${P}_cumulative_below_claimed`, message);
  },
});
