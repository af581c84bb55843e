import { type ChainOutput, LOVELACE, nativeAssetId } from '@x402-facilitator/cardano';
import * as cbor from '../../support/cbor-writer.js';
import type { ChannelBend, ChannelDraft } from '../../support/channels/draft.js';
import { HELD, OPENED, openChannel, SUBBED } from '../../support/channels/drafts.js';
import { constantsOf, SCRIPT_HASH } from '../../support/channels/outputs.js';
import { CONSUMER } from '../../support/channels/parties.js';
import { type ChannelConstants, reserveOf, type Stage } from '../../support/internals.js';
import { PARAMETERS } from '../../support/network.js';
import { addressBytes, walletOf } from '../../support/wallet.js';
import { txHash } from '../../support/world.js';
import { type ChannelCase, cases, promising } from './case.js';

const P = 'invalid_batch_settlement_cardano';
const FOLLOWING = ['topUp', 'voucher', 'refund'] as const;
const FOUND = 'following the channel from voucher.channelRef finds it';
const BOUND = 'the channel’s datum is the configuration’s, field by field';
const STRANGER = walletOf('stranger');
const OTHER_HASH = 'ab'.repeat(28);

const followed =
  (fact: NonNullable<ChannelDraft['followed']>): ChannelBend =>
  (draft) => ({ ...draft, followed: fact });

/** The channel is found as another output. */
const found =
  (bend: (output: ChainOutput, draft: ChannelDraft) => ChainOutput): ChannelBend =>
  (draft) => ({ ...draft, followed: { status: 'found', output: bend(openChannel(draft.currency), draft) } });

/** The channel is found with other constants or at another stage. */
const foundAs = (constants: Partial<ChannelConstants>, stage: Stage = OPENED): ChannelBend =>
  found((_, { currency }) => openChannel(currency, { constants, stage }));

function capacity({ currency }: ChannelDraft): bigint {
  const datum = { ownHash: SCRIPT_HASH, constants: constantsOf({ currency }) };
  const reserve = reserveOf({ addressBytes: addressBytes(0x70, cbor.hex(SCRIPT_HASH)), datum }, PARAMETERS);
  return SUBBED + (currency === LOVELACE ? HELD - reserve : HELD);
}

const toCapacity =
  (beyond: bigint): ChannelBend =>
  (draft) =>
    promising(capacity(draft) + beyond)(draft);

/** What every request meets that names a position of a channel. */
export const CHANNEL_CASES: readonly ChannelCase[] = [
  ...cases(
    { kinds: FOLLOWING, rule: FOUND, expect: `${P}_channel_not_found` },
    {
      'there is no such output': followed({ status: 'missing' }),
      'the channel has ended': followed({ status: 'ended', by: txHash('end') }),
      'the output is a wallet’s': found((output) => ({ ...output, address: CONSUMER.address(0) })),
      'the output is of another validator': found((output) => ({
        ...output,
        address: STRANGER.address(0),
      })),
      'the output has no datum': found(({ inlineDatum: _, ...output }) => output),
      'the datum is not a channel’s': found((output) => ({ ...output, inlineDatum: '182a' })),
      'the output carries a reference script': found((output) => ({
        ...output,
        referenceScript: { hash: OTHER_HASH, language: 'plutusV3', bytes: '4101' },
      })),
      'the output holds another asset': found((output) => ({
        ...output,
        assets: new Map([...output.assets, [nativeAssetId(OTHER_HASH, '01'), 1n]]),
      })),
    },
  ),
  ...cases(
    { kinds: FOLLOWING, rule: FOUND, expect: `${P}_verification_state_unavailable` },
    {
      'the channel cannot be followed now': followed({ status: 'unknown', reason: 'the provider timed out' }),
    },
  ),
  ...cases(
    { kinds: FOLLOWING, rule: BOUND, expect: `${P}_channel_state` },
    {
      'ownHash is another script’s': found((output) => ({
        ...output,
        inlineDatum: (output.inlineDatum ?? '').replace(SCRIPT_HASH, OTHER_HASH),
      })),
    },
  ),
  ...cases(
    { kinds: FOLLOWING, rule: BOUND, expect: `${P}_channel_id_mismatch` },
    { 'the channel is another one': foundAs({ tag: 'cd'.repeat(32) }) },
  ),
  ...cases(
    { kinds: FOLLOWING, rule: BOUND, expect: `${P}_token_mismatch` },
    {
      'the channel is of another currency': found((_, { currency }) =>
        openChannel(currency === LOVELACE ? nativeAssetId(OTHER_HASH, '01') : LOVELACE),
      ),
    },
  ),
  ...cases(
    { kinds: FOLLOWING, rule: BOUND, expect: `${P}_channel_config` },
    {
      'the channel has another IOU key': foundAs({ iouKey: 'cd'.repeat(32) }),
      'the channel is another consumer’s': foundAs({ consumer: STRANGER.keyHash }),
    },
  ),
  ...cases(
    { kinds: FOLLOWING, rule: BOUND, expect: `${P}_receiver_authorizer_mismatch` },
    { 'the channel is another provider’s': foundAs({ provider: STRANGER.keyHash }) },
  ),
  ...cases(
    { kinds: FOLLOWING, rule: BOUND, expect: `${P}_withdraw_delay_mismatch` },
    { 'the channel closes sooner': foundAs({ closePeriodMs: 899_999n }) },
  ),
  ...cases(
    { kinds: FOLLOWING, rule: 'the channel is at stage Opened', expect: `${P}_channel_closed` },
    {
      'the consumer has closed it': foundAs({}, { kind: 'closed', subbed: SUBBED, elapseAtMs: 1n }),
      'the provider has settled it': foundAs({}, { kind: 'settled' }),
    },
  ),
  ...cases(
    {
      kinds: ['voucher', 'refund'],
      rule: 'the voucher is at most the capacity',
      expect: `${P}_cumulative_exceeds_balance`,
    },
    {
      'the voucher is one above the capacity': toCapacity(1n),
      'the voucher is the largest that there is': promising(2n ** 64n - 1n),
    },
  ),
  ...cases(
    { kinds: 'voucher', rule: 'the voucher is at most the capacity', expect: 'accepted' },
    { 'the voucher is the capacity': toCapacity(0n) },
  ),
  ...cases(
    {
      kinds: ['topUp', 'voucher'],
      rule: 'the voucher is above what was redeemed',
      expect: `${P}_cumulative_below_claimed`,
    },
    {
      'the voucher is what was redeemed': promising(SUBBED),
      'the voucher is for nothing': promising(0n),
    },
  ),
  ...cases(
    { kinds: ['topUp', 'voucher'], rule: 'the voucher is above what was redeemed', expect: 'accepted' },
    { 'the voucher is one above what was redeemed': promising(SUBBED + 1n) },
  ),
  ...cases(
    {
      kinds: 'refund',
      rule: 'the voucher is at least what was redeemed',
      expect: `${P}_cumulative_below_claimed`,
    },
    { 'the voucher is one below what was redeemed': promising(SUBBED - 1n) },
  ),
];
