import type { ChainOutput } from '@x402-facilitator/cardano';
import { CHANNEL_VALIDATOR } from '../../channel-validator/validator.js';
import * as cbor from '../../support/cbor-writer.js';
import type { ChannelBend } from '../../support/channels/draft.js';
import { type ChannelDraft, walletOutput, written } from '../../support/channels/draft.js';
import { refund, SUBBED } from '../../support/channels/drafts.js';
import { CONSUMER, PROVIDER } from '../../support/channels/parties.js';
import { type PlutusData, redeemerData } from '../../support/internals.js';
import { type Wallet, walletOf } from '../../support/wallet.js';
import { txHash } from '../../support/world.js';
import {
  alsoPaying,
  body,
  type ChannelCase,
  cases,
  firstFields,
  payload,
  promising,
  redeemedBy,
  spec,
} from './case.js';

const P = 'invalid_batch_settlement_cardano';
const CODE = `${P}_refund_transaction`;
const STRANGER = walletOf('stranger');

const signersOf = (...wallets: readonly Wallet[]): ChannelBend =>
  body({ 14: cbor.set(wallets.map(({ keyHash }) => cbor.bytes(cbor.hex(keyHash)))) });

const given = (providerWitness: string): ChannelBend => payload((fields) => ({ ...fields, providerWitness }));

function witnessSet(...witnesses: readonly (readonly [Wallet, Uint8Array])[]): cbor.Cbor {
  const listed = witnesses.map(([{ publicKey }, signature]) =>
    cbor.array([cbor.bytes(publicKey), cbor.bytes(signature)]),
  );
  return cbor.map([[cbor.int(0), cbor.array(listed)]]);
}

/** The refund as signed by a key beside the consumer's. */
function witnessedBy(draft: ChannelDraft, wallet: Wallet): readonly [Wallet, Uint8Array] {
  return [wallet, wallet.sign(cbor.hex(written(draft)?.id ?? ''))];
}

const signedBy =
  (...wallets: readonly Wallet[]): ChannelBend =>
  (draft) =>
    given(Buffer.from(witnessSet(...wallets.map((wallet) => witnessedBy(draft, wallet)))).toString('hex'))(
      draft,
    );

const offering =
  (collateral: ChainOutput): ChannelBend =>
  (draft) => ({
    ...draft,
    unspent: [...draft.unspent.slice(0, 1), collateral],
    transaction: draft.transaction && { ...draft.transaction, collateral: [collateral] },
  });

const redeemer = (data: PlutusData): ChannelBend =>
  redeemedBy((redeemed) => redeemed.map((one) => ({ ...one, data })));

const alsoSpending =
  (output: ChainOutput): ChannelBend =>
  (draft) =>
    spec((before) => ({ ...before, inputs: [...before.inputs, output.outRef] }))({
      ...draft,
      unspent: [output, ...draft.unspent],
    });

const moved: ChannelBend = (draft) => {
  const [channel] = draft.unspent;
  if (channel === undefined) throw new Error('expected a channel');
  const output = { ...channel, outRef: { txHash: txHash('moved'), index: 0 } };
  return { ...draft, followed: { status: 'found', output } };
};

const LISTED = 'the required signers are exactly consumer and provider';
const WITNESS = 'providerWitness, where it is given, is the provider’s one signature';
const ALONE = 'it spends the channel at its current position and nothing else, by Mutual';
const SHARE = 'it pays payTo at least what the voucher is above what was redeemed';
const COLLATERAL = 'collateral is locked by a key that is not the provider’s';
const ROOM = 'the provider’s signature fits into the transaction and its fee';

/** Refunds. */
export const REFUND_CASES: readonly ChannelCase[] = [
  ...cases(
    { kinds: 'refund', rule: WITNESS, expect: CODE },
    {
      'providerWitness is not CBOR': given('ff'),
      'providerWitness has no signature': given('a0'),
      'providerWitness is a list': given('80'),
      'providerWitness brings a redeemer along': given('a2008005a0'),
      'providerWitness is the consumer’s': signedBy(CONSUMER),
      'providerWitness has two signatures': signedBy(PROVIDER, STRANGER),
      'the key in providerWitness is too short': given(
        `a1008182581f${'00'.repeat(31)}5840${'00'.repeat(64)}`,
      ),
    },
  ),
  ...cases(
    { kinds: 'refund', rule: WITNESS, expect: 'accepted' },
    { 'the provider has signed': signedBy(PROVIDER) },
  ),
  ...cases(
    { kinds: 'refund', rule: LISTED, expect: CODE },
    {
      'the provider is not listed': signersOf(CONSUMER),
      'the consumer is not listed': signersOf(PROVIDER),
      'a third key is listed': signersOf(CONSUMER, PROVIDER, STRANGER),
      'another key is listed': signersOf(CONSUMER, STRANGER),
      'nobody is listed': spec(({ body: _, ...before }) => before),
    },
  ),
  ...cases(
    { kinds: 'refund', rule: 'the consumer has signed the refund', expect: CODE },
    {
      'nobody has signed': spec((before) => ({ ...before, signers: [] })),
      'only the provider has signed': spec((before) => ({ ...before, signers: [PROVIDER] })),
    },
  ),
  ...cases(
    { kinds: 'refund', rule: 'it leaves nothing at the validator', expect: CODE },
    {
      'something stays at the validator': alsoPaying({
        ...walletOutput('left', CONSUMER, 2_000_000n),
        address: CHANNEL_VALIDATOR.address,
      }),
    },
  ),
  ...cases(
    { kinds: 'refund', rule: ALONE, expect: CODE },
    {
      'it spends an output of the consumer’s too': alsoSpending(walletOutput('more', CONSUMER, 2_000_000n)),
      'it spends an output of the provider’s too': alsoSpending(walletOutput('more', PROVIDER, 2_000_000n)),
      'the channel has moved on': moved,
      'it is redeemed by Main': redeemer(redeemerData({ kind: 'main', steps: [{ kind: 'end' }] })),
      'it is redeemed by Defer': redeemer(redeemerData({ kind: 'defer' })),
      'it is not redeemed': redeemedBy(() => []),
    },
  ),
  ...cases(
    { kinds: 'refund', rule: SHARE, expect: CODE, only: 'ada' },
    {
      'a lovelace is missing to the seller’s share': firstFields((output) => ({
        ...output,
        lovelace: output.lovelace - 1n,
      })),
      'the share goes to another address': firstFields((output) => ({
        ...output,
        address: STRANGER.addressBytes(0),
      })),
    },
  ),
  ...cases(
    { kinds: 'refund', rule: SHARE, expect: CODE, only: 'token' },
    { 'a token is owed, and nothing is paid': promising(SUBBED + 1n) },
  ),
  ...cases(
    { kinds: 'refund', rule: SHARE, expect: 'accepted' },
    { 'nothing is owed, and nothing is paid': ({ currency }) => refund(currency, SUBBED) },
  ),
  ...cases(
    { kinds: 'refund', rule: COLLATERAL, expect: CODE },
    {
      'the collateral is the provider’s': offering(walletOutput('theirs', PROVIDER, 8_000_000n)),
      'the collateral is a script’s': offering({
        ...walletOutput('theirs', CONSUMER, 8_000_000n),
        address: CHANNEL_VALIDATOR.address,
      }),
    },
  ),
  ...cases(
    { kinds: 'refund', rule: ROOM, expect: CODE },
    {
      'the fee is enough without the provider’s signature only': (draft) => {
        const size = (written(draft)?.bytes.length ?? 0) - 1;
        // What the full budget of one redeemer costs, and the size.
        const fee = 155_381n + 44n * BigInt(size) + 807_800n + 721_000n;
        return spec((before) => ({ ...before, fee }))(draft);
      },
    },
  ),
  ...cases(
    {
      kinds: 'refund',
      rule: 'the complete ledger check accepts, scripts included',
      expect: CODE,
      because: 'InvalidWitnessesUTXOW',
    },
    {
      'the provider’s signature is forged': given(
        Buffer.from(witnessSet([PROVIDER, new Uint8Array(64).fill(7)])).toString('hex'),
      ),
    },
  ),
];
