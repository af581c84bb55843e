import { quote } from '../../quote.js';
import type { Channel } from '../channel/channel.js';
import type { RefusalCode } from '../facts/codes.js';
import type { BuyerFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

const P = 'invalid_batch_settlement_cardano';

/** The fields of a datum that the payload fixes, each with its code: what the channel has, and what it must have. */
function bindings({ datum: { ownHash, constants } }: Channel, facts: BuyerFacts) {
  const { voucher, channelConfig: config } = facts.payload;
  return [
    ['ownHash', `${P}_channel_state`, ownHash, facts.scriptHash],
    ['tag', `${P}_channel_id_mismatch`, constants.tag, voucher.channelId],
    ['currency', `${P}_token_mismatch`, constants.currency, config.token],
    ['iouKey', `${P}_channel_config`, constants.iouKey, config.payerAuthorizer],
    ['consumer', `${P}_channel_config`, constants.consumer, config.payer],
    ['provider', `${P}_receiver_authorizer_mismatch`, constants.provider, config.receiverAuthorizer],
    [
      'closePeriod',
      `${P}_withdraw_delay_mismatch`,
      `${constants.closePeriodMs}`,
      `${BigInt(config.withdrawDelay) * 1000n}`,
    ],
  ] as const satisfies readonly (readonly [string, RefusalCode, string, string])[];
}

/** A rule that a channel is the one that the payload describes, field by field. */
function boundRule<Facts extends BuyerFacts>(name: string, channelOf: (facts: Facts) => Channel) {
  return defineRule({
    name,
    codes: [
      `${P}_channel_state`,
      `${P}_channel_id_mismatch`,
      `${P}_token_mismatch`,
      `${P}_channel_config`,
      `${P}_receiver_authorizer_mismatch`,
      `${P}_withdraw_delay_mismatch`,
    ],
    source: 'binding: "POST /verify", Deposit 2',
    check(facts: Facts, refuse) {
      for (const [field, code, found, expected] of bindings(channelOf(facts), facts))
        if (found !== expected)
          return refuse(code, `the channel’s ${field}: expected ${quote(expected)}, found ${quote(found)}`);
      return PASSED;
    },
  });
}

export const madeBound = boundRule(
  'the new channel’s datum is the configuration’s, field by field',
  ({ made }: BuyerFacts & { readonly made: Channel }) => made,
);

export const channelBound = boundRule(
  'the channel’s datum is the configuration’s, field by field',
  ({ channel }: BuyerFacts & { readonly channel: Channel }) => channel,
);
