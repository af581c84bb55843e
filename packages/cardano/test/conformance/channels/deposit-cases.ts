import { type ChainOutput, LOVELACE, lovelace, nativeAssetId, outRefKey } from '@x402-facilitator/cardano';
import { CHANNEL_VALIDATOR } from '../../channel-validator/validator.js';
import * as cbor from '../../support/cbor-writer.js';
import type { ChannelBend } from '../../support/channels/draft.js';
import { type ChannelDraft, walletOutput } from '../../support/channels/draft.js';
import {
  BESIDE,
  DEPOSIT,
  OPENED,
  openChannel,
  openingConstants,
  SUBBED,
} from '../../support/channels/drafts.js';
import {
  channelOutput,
  constantsOf,
  datumOf,
  inlineDatum,
  SCRIPT_HASH,
  scriptRef,
} from '../../support/channels/outputs.js';
import { CONSUMER } from '../../support/channels/parties.js';
import {
  type ChannelConstants,
  type ChannelDatum,
  channelIdOf,
  datumData,
  encodePlutusData,
  type PlutusData,
  redeemerData,
  reserveOf,
  type Stage,
} from '../../support/internals.js';
import { PARAMETERS } from '../../support/network.js';
import { ALWAYS_SUCCEEDS } from '../../support/plutus.js';
import { MINTER } from '../../support/tokens.js';
import { addressBytes, addressText, walletOf } from '../../support/wallet.js';
import { txHash } from '../../support/world.js';
import {
  alsoPaying,
  bends,
  type ChannelCase,
  cases,
  firstFields,
  firstOutput,
  naming,
  payload,
  promising,
  redeemedBy,
  spec,
} from './case.js';

const P = 'invalid_batch_settlement_cardano';
const CODE = `${P}_deposit_transaction`;
const BOTH = ['opening', 'topUp'] as const;
const OTHER_HASH = 'ab'.repeat(28);
const OTHER_KEY = 'cd'.repeat(32);
const OTHER_ASSET = nativeAssetId(OTHER_HASH, '01');
const STRANGER = walletOf('stranger');
/** The validator's address with somebody's stake. */
const STAKED = addressText(addressBytes(0x10, cbor.hex(SCRIPT_HASH), cbor.hex(CONSUMER.keyHash)));

/** The channel's output with another datum, as bytes. */
function datumBytes(bend: (draft: ChannelDraft) => Uint8Array): ChannelBend {
  return firstFields((output, draft) => ({ ...output, extra: [inlineDatum(bend(draft))] }));
}

const OPENING_STAGE: Stage = { kind: 'opened', subbed: 0n };

/** The opening's output by another datum. */
function opens(bend: (datum: ChannelDatum) => ChannelDatum): ChannelBend {
  return firstOutput((draft) =>
    channelOutput('made', bend(datumOf(openingConstants(draft), OPENING_STAGE)), DEPOSIT, {
      beside: BESIDE,
    }),
  );
}

const opensWith = (changes: Partial<ChannelConstants>) =>
  opens((datum) => ({ ...datum, constants: { ...datum.constants, ...changes } }));

/** The datum of an opening with one of its parts replaced. */
function part(bend: (parts: { outer: PlutusData[]; inner: PlutusData[] }) => void): ChannelBend {
  return datumBytes((draft) => {
    const data = datumData(datumOf(openingConstants(draft), OPENING_STAGE));
    if (data.kind !== 'list' || data.items[1]?.kind !== 'list') throw new Error('expected lists');
    const [outer, inner] = [[...data.items], [...data.items[1].items]];
    bend({ outer, inner });
    outer[1] = { kind: 'list', items: inner };
    return encodePlutusData({ kind: 'list', items: outer });
  });
}

const bytes = (length: number): PlutusData => ({ kind: 'bytes', value: new Uint8Array(length) });
const number = (value: bigint): PlutusData => ({ kind: 'int', value });
const built = (index: bigint, ...fields: PlutusData[]): PlutusData => ({
  kind: 'constructor',
  index,
  fields,
});

const MADE_FORM =
  'the output has no reference script, a channel’s inline datum, and ADA and the currency only';
const SCRIPT_REF = scriptRef(ALWAYS_SUCCEEDS.bytes);

const OUTPUT: readonly ChannelCase[] = [
  ...cases(
    { kinds: BOTH, rule: 'it makes exactly one output at the validator', expect: CODE },
    {
      'it makes none': firstFields((output) => ({ ...output, address: CONSUMER.addressBytes(0) })),
      'it makes none, but one at another script': firstFields((output) => ({
        ...output,
        address: addressBytes(0x70, cbor.hex(OTHER_HASH)),
      })),
      'it makes two': alsoPaying({
        ...walletOutput('second', CONSUMER, 2_000_000n),
        address: CHANNEL_VALIDATOR.address,
      }),
      'it makes a second one under somebody’s stake': alsoPaying({
        ...walletOutput('second', CONSUMER, 2_000_000n),
        address: STAKED,
      }),
    },
  ),
  ...cases(
    { kinds: BOTH, rule: MADE_FORM, expect: CODE },
    {
      'the output carries a reference script': firstFields((output) => ({
        ...output,
        extra: [...(output.extra ?? []), SCRIPT_REF],
      })),
      'the output has no datum': firstFields((output) => ({ ...output, extra: [] })),
      'the datum is a hash': firstFields((output) => ({
        ...output,
        extra: [[2, cbor.array([cbor.int(0), cbor.bytes(new Uint8Array(32))])]],
      })),
      'the datum is a number': datumBytes(() => cbor.int(42)),
      'another asset is in the output': firstFields((output) => ({
        ...output,
        assets: [...(output.assets ?? []), [OTHER_HASH, '01', 1n]],
      })),
    },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_FORM, expect: CODE },
    {
      'the datum is longer': part(({ outer }) => outer.push(number(0n))),
      'the datum is shorter': part(({ outer }) => outer.pop()),
      'ownHash is too short': part(({ outer }) => outer.splice(0, 1, bytes(27))),
      'there are more constants': part(({ inner }) => inner.push(number(0n))),
      'there are fewer constants': part(({ inner }) => inner.pop()),
      'the tag is too short': part(({ inner }) => inner.splice(0, 1, bytes(31))),
      'the tag is in chunks': part(({ inner }) => inner.splice(0, 1, bytes(65))),
      'the currency is of no kind': part(({ inner }) => inner.splice(1, 1, built(2n))),
      'ADA has a field': part(({ inner }) => inner.splice(1, 1, built(0n, number(0n)))),
      'the policy is too short': part(({ inner }) => inner.splice(1, 1, built(1n, bytes(27), bytes(1)))),
      'the asset’s name is too long': part(({ inner }) =>
        inner.splice(1, 1, built(1n, bytes(28), bytes(33))),
      ),
      'the IOU key is a hash': part(({ inner }) => inner.splice(2, 1, bytes(28))),
      'the consumer is a key': part(({ inner }) => inner.splice(3, 1, bytes(32))),
      'the provider is a number': part(({ inner }) => inner.splice(4, 1, number(1n))),
      'the close period is negative': part(({ inner }) => inner.splice(5, 1, number(-1n))),
      'the close period is bytes': part(({ inner }) => inner.splice(5, 1, bytes(3))),
      'the stage is of no kind': part(({ outer }) => outer.splice(2, 1, built(3n))),
      'the stage is Opened without a number': part(({ outer }) => outer.splice(2, 1, built(0n))),
      'subbed is negative': part(({ outer }) => outer.splice(2, 1, built(0n, number(-1n)))),
    },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_FORM, expect: 'accepted' },
    {
      'the channel is under the consumer’s stake': firstFields((output) => ({
        ...output,
        address: addressBytes(0x10, cbor.hex(SCRIPT_HASH), cbor.hex(CONSUMER.keyHash)),
      })),
      'the datum is written in definite lists': datumBytes((draft) => {
        const { currency } = draft;
        const { tag, iouKey, consumer, provider, closePeriodMs } = openingConstants(draft);
        const [policyId = '', name = ''] = currency.split('.');
        const hex = (text: string) => cbor.bytes(cbor.hex(text));
        return cbor.array([
          hex(SCRIPT_HASH),
          cbor.array([
            hex(tag),
            currency === LOVELACE
              ? cbor.tag(121, cbor.array([]))
              : cbor.tag(122, cbor.array([hex(policyId), hex(name)])),
            hex(iouKey),
            hex(consumer),
            hex(provider),
            cbor.int(closePeriodMs, 8),
          ]),
          cbor.tag(121, cbor.array([cbor.int(0)])),
        ]);
      }),
    },
  ),
];

const MADE_BOUND = 'the new channel’s datum is the configuration’s, field by field';
const OTHER_CURRENCY = { ada: OTHER_ASSET, token: LOVELACE } as const;

const OPENING: readonly ChannelCase[] = [
  ...cases(
    {
      kinds: 'opening',
      rule: 'the voucher of an opening is for something',
      expect: `${P}_cumulative_below_claimed`,
    },
    { 'the voucher is for nothing': promising(0n) },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_BOUND, expect: `${P}_channel_state` },
    { 'ownHash is another script’s': opens((datum) => ({ ...datum, ownHash: OTHER_HASH })) },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_BOUND, expect: `${P}_channel_id_mismatch` },
    { 'the tag is another one': opensWith({ tag: OTHER_KEY }) },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_BOUND, expect: `${P}_token_mismatch`, only: 'token' },
    { 'the currency is ADA': bends(opensWith({ currency: OTHER_CURRENCY.token })) },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_BOUND, expect: `${P}_token_mismatch`, only: 'ada' },
    { 'the currency is a token': opensWith({ currency: OTHER_CURRENCY.ada }) },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_BOUND, expect: `${P}_channel_config` },
    {
      'the IOU key is another one': opensWith({ iouKey: OTHER_KEY }),
      'the consumer is another one': opensWith({ consumer: STRANGER.keyHash }),
    },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_BOUND, expect: `${P}_receiver_authorizer_mismatch` },
    { 'the provider is another one': opensWith({ provider: STRANGER.keyHash }) },
  ),
  ...cases(
    { kinds: 'opening', rule: MADE_BOUND, expect: `${P}_withdraw_delay_mismatch` },
    {
      'the close period is in seconds': opensWith({ closePeriodMs: 900n }),
      'the close period is a millisecond short': opensWith({ closePeriodMs: 899_999n }),
    },
  ),
  ...cases(
    { kinds: 'opening', rule: 'the new channel is at stage Opened(0)', expect: CODE },
    {
      'something was redeemed of it': opens((datum) => ({ ...datum, stage: { kind: 'opened', subbed: 1n } })),
      'it is closed': opens((datum) => ({ ...datum, stage: { kind: 'closed', subbed: 0n, elapseAtMs: 0n } })),
      'it is settled': opens((datum) => ({ ...datum, stage: { kind: 'settled' } })),
    },
  ),
  ...cases(
    { kinds: 'opening', rule: 'the new channel holds exactly deposit.amount of the currency', expect: CODE },
    {
      'the deposit is told as one more': depositing(DEPOSIT + 1n),
      'the deposit is told as one less': depositing(DEPOSIT - 1n),
    },
  ),
  ...cases(
    {
      kinds: 'opening',
      rule: 'channelId derives from an input that the transaction spends',
      expect: `${P}_channel_id_mismatch`,
    },
    {
      'channelId derives from another output': derivedFrom(
        channelIdOf({ txHash: txHash('elsewhere'), index: 0 }),
      ),
      'channelId derives from another index of the same transaction': (draft) =>
        derivedFrom(channelIdOf({ txHash: draft.unspent[0]?.outRef.txHash ?? txHash(''), index: 7 }))(draft),
    },
  ),
  ...cases(
    {
      kinds: 'opening',
      rule: 'the complete ledger check accepts, scripts included',
      expect: CODE,
      because: 'MissingVKeyWitnessesUTXOW',
    },
    {
      'nobody has signed': spec((before) => ({ ...before, signers: [] })),
      'somebody else has signed': spec((before) => ({ ...before, signers: [STRANGER] })),
    },
  ),
];

function depositing(amount: bigint): ChannelBend {
  return payload((fields) => ({
    ...fields,
    deposit: { ...(fields.deposit as object), amount: `${amount}` },
  }));
}

function derivedFrom(tag: string): ChannelBend {
  return bends(opensWith({ tag }), naming(tag));
}

/** The reserve of the channel that a deposit leaves. */
function reserve({ currency }: ChannelDraft, constants: ChannelConstants): bigint {
  const addressOf = addressBytes(0x70, cbor.hex(SCRIPT_HASH));
  const datum = { ownHash: SCRIPT_HASH, constants: { ...constants, currency } };
  return reserveOf({ addressBytes: addressOf, datum }, PARAMETERS);
}

/** How much of its currency a channel can pay without its consumer, given what it holds. */
function payable(draft: ChannelDraft, constants: ChannelConstants, held: bigint): bigint {
  return draft.currency === LOVELACE ? held - reserve(draft, constants) : held;
}

const toMade =
  (beyond: bigint): ChannelBend =>
  (draft) =>
    promising(payable(draft, openingConstants(draft), DEPOSIT) + beyond)(draft);

const toGrown =
  (beyond: bigint): ChannelBend =>
  (draft) =>
    promising(SUBBED + payable(draft, constantsOf(), 25_000_000n) + beyond)(draft);

const CAPACITY: readonly ChannelCase[] = [
  ...cases(
    {
      kinds: 'opening',
      rule: 'the voucher is at most the capacity that the deposit leaves',
      expect: `${P}_cumulative_exceeds_balance`,
    },
    { 'the voucher is one above the capacity': toMade(1n) },
  ),
  ...cases(
    {
      kinds: 'opening',
      rule: 'the voucher is at most the capacity that the deposit leaves',
      expect: 'accepted',
    },
    { 'the voucher is the capacity': toMade(0n), 'the voucher is for one': promising(1n) },
  ),
  ...cases(
    {
      kinds: 'topUp',
      rule: 'the voucher is at most the capacity that the deposit leaves',
      expect: `${P}_cumulative_exceeds_balance`,
    },
    { 'the voucher is one above the capacity after the top-up': toGrown(1n) },
  ),
  ...cases(
    {
      kinds: 'topUp',
      rule: 'the voucher is at most the capacity that the deposit leaves',
      expect: 'accepted',
    },
    { 'the voucher is the capacity after the top-up': toGrown(0n) },
  ),
  ...cases(
    { kinds: BOTH, rule: 'a token channel holds at least the reserve in ADA', expect: CODE, only: 'token' },
    {
      'a lovelace is missing to the reserve': firstFields((output, draft) => ({
        ...output,
        lovelace: lovelace(reserve(draft, openingConstants(draft)) - 1n),
      })),
    },
  ),
];

const CONTINUES = 'the channel’s address and datum stay as they were';
const ADDS = 'it redeems one input, with Main([Add])';

const redeemer = (data: PlutusData | Uint8Array): ChannelBend =>
  redeemedBy((redeemed) => redeemed.map((one) => ({ ...one, data })));
const add = { kind: 'add' } as const;

/** The top-up's output by another datum. */
const grows = (datum: ChannelDatum): ChannelBend =>
  firstOutput(({ currency }) =>
    channelOutput('grown', { ...datum, constants: { ...datum.constants, currency } }, 25_000_000n, {
      beside: BESIDE,
    }),
  );

/** No key is listed that must sign. */
const unlisted = spec(({ body: _, ...before }) => before);

/** The channel is somewhere else than the top-up spends it. */
const moved: ChannelBend = (draft) => {
  const output: ChainOutput = {
    ...openChannel(draft.currency),
    outRef: { txHash: txHash('moved'), index: 0 },
  };
  return { ...draft, followed: { status: 'found', output } };
};

const TOP_UP: readonly ChannelCase[] = [
  ...cases(
    { kinds: 'topUp', rule: ADDS, expect: CODE },
    {
      'it redeems nothing': redeemedBy(() => []),
      'it is redeemed by Mutual': redeemer(redeemerData({ kind: 'mutual' })),
      'it is redeemed by Defer': redeemer(redeemerData({ kind: 'defer' })),
      'Main has no step': redeemer(redeemerData({ kind: 'main', steps: [] })),
      'Main has two steps': redeemer(redeemerData({ kind: 'main', steps: [add, add] })),
      'the step is Close': redeemer(redeemerData({ kind: 'main', steps: [{ kind: 'close' }] })),
      'the redeemer is a number': redeemer(cbor.int(0)),
      'a second input is redeemed': redeemedBy((redeemed) => [
        ...redeemed,
        {
          input: outRefKey(walletOutput('source', CONSUMER, 1n).outRef),
          data: redeemerData({ kind: 'defer' }),
        },
      ]),
    },
  ),
  ...cases(
    { kinds: 'topUp', rule: 'what it redeems is the channel at its current position', expect: CODE },
    {
      'the channel has moved on': moved,
      'the redeemer points to another input': redeemedBy((redeemed) =>
        redeemed.map((one) => ({ ...one, input: outRefKey(walletOutput('source', CONSUMER, 1n).outRef) })),
      ),
    },
  ),
  ...cases(
    { kinds: 'topUp', rule: CONTINUES, expect: CODE },
    {
      'the channel goes under somebody’s stake': firstFields((output) => ({
        ...output,
        address: addressBytes(0x10, cbor.hex(SCRIPT_HASH), cbor.hex(CONSUMER.keyHash)),
      })),
      'what was redeemed is forgotten': grows(datumOf(constantsOf(), OPENING_STAGE)),
      'more was redeemed': grows(datumOf(constantsOf(), { kind: 'opened', subbed: SUBBED + 1n })),
      'the channel is closed by it': grows(
        datumOf(constantsOf(), { kind: 'closed', subbed: SUBBED, elapseAtMs: 1n }),
      ),
      'the provider changes': grows(datumOf(constantsOf({ provider: STRANGER.keyHash }), OPENED)),
      'the tag changes': grows(datumOf(constantsOf({ tag: OTHER_KEY }), OPENED)),
      'the consumer changes': grows(datumOf(constantsOf({ consumer: STRANGER.keyHash }), OPENED)),
      'the IOU key changes': grows(datumOf(constantsOf({ iouKey: OTHER_KEY }), OPENED)),
      'the close period changes': grows(datumOf(constantsOf({ closePeriodMs: 1n }), OPENED)),
      'ownHash changes': grows(datumOf(constantsOf(), OPENED, OTHER_HASH)),
    },
  ),
  ...cases(
    { kinds: 'topUp', rule: CONTINUES, expect: 'accepted' },
    {
      'the same datum is written with long heads': datumBytes(({ currency }) => {
        const { tag, iouKey, consumer, provider, closePeriodMs } = constantsOf();
        const [policyId = '', name = ''] = currency.split('.');
        const hex = (text: string) => cbor.bytes(cbor.hex(text), 2);
        const fields =
          currency === LOVELACE
            ? cbor.tag(121, cbor.array([]))
            : cbor.tag(122, cbor.array([hex(policyId), hex(name)]));
        return cbor.array([
          hex(SCRIPT_HASH),
          cbor.array([hex(tag), fields, hex(iouKey), hex(consumer), hex(provider), cbor.int(closePeriodMs)]),
          cbor.tag(121, cbor.array([cbor.int(SUBBED, 8)])),
        ]);
      }),
    },
  ),
  ...cases(
    { kinds: 'topUp', rule: 'the channel grows by exactly deposit.amount of the currency', expect: CODE },
    {
      'the deposit is told as one more': depositing(5_000_001n),
      'the deposit is told as one less': depositing(4_999_999n),
    },
  ),
  ...cases(
    { kinds: 'topUp', rule: 'the consumer has signed', expect: CODE },
    {
      'nobody has signed': spec((before) => ({ ...before, signers: [] })),
      'somebody else has signed': spec((before) => ({ ...before, signers: [MINTER] })),
    },
  ),
  ...cases(
    {
      kinds: 'topUp',
      rule: 'the complete ledger check accepts, scripts included',
      expect: CODE,
      because: 'ScriptFailed',
    },
    { 'the validator does not see that the consumer must sign': unlisted },
  ),
];

/** Openings and top-ups. */
export const DEPOSIT_CASES: readonly ChannelCase[] = [...OUTPUT, ...OPENING, ...CAPACITY, ...TOP_UP];
