import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import { readChannel } from '../channel/channel.js';
import { STATE_UNAVAILABLE } from '../facts/codes.js';
import type { BuyerFacts, ChannelKnown, FollowedKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

const P = 'invalid_batch_settlement_cardano';

export const channelFound = defineRule({
  name: 'following the channel from voucher.channelRef finds it',
  codes: [`${P}_channel_not_found`, STATE_UNAVAILABLE],
  source: 'binding: "Identity and position"',
  check(
    { followed, payload: { voucher }, scriptHash }: BuyerFacts & FollowedKnown,
    refuse,
  ): Result<ChannelKnown, Refusal> {
    const from = voucher.channelRef === undefined ? 'nowhere' : outRefKey(voucher.channelRef);
    const missing = (found: string) =>
      refuse(`${P}_channel_not_found`, `expected to find the channel from ${from}, found ${found}`);
    switch (followed.status) {
      case 'unknown':
        return refuse(STATE_UNAVAILABLE, `could not follow the channel from ${from}: ${followed.reason}`);
      case 'missing':
        return missing('no such output on the ledger');
      case 'ended':
        return missing(`that transaction ${followed.by} ended it`);
      case 'found': {
        const channel = readChannel(followed.output, scriptHash);
        return channel.ok ? ok({ channel: channel.value }) : missing(`no channel: ${channel.error}`);
      }
    }
  },
});

export const channelOpen = defineRule({
  name: 'the channel is at stage Opened',
  codes: [`${P}_channel_closed`],
  source: 'binding: "POST /verify"',
  check({ channel }: ChannelKnown, refuse) {
    const { kind } = channel.datum.stage;
    if (kind === 'opened') return PASSED;
    return refuse(`${P}_channel_closed`, `expected a channel at stage Opened, found it ${kind}`);
  },
});
