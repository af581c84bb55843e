import type { ChannelBend } from '../../support/channels/draft.js';
import { signIou } from '../../support/channels/outputs.js';
import { PROVIDER, SELLER_ADDRESS, WITHDRAW_DELAY } from '../../support/channels/parties.js';
import { walletOf } from '../../support/wallet.js';
import {
  accepting,
  BUYER_KINDS,
  bends,
  type ChannelCase,
  cases,
  config,
  extra,
  KINDS,
  payload,
  required,
  voucherFields,
  withPolicy,
} from './case.js';

const P = 'invalid_batch_settlement_cardano';
const R = 'invalid_payment_requirements';
const OTHER_HASH = 'ab'.repeat(28);
const STRANGER = walletOf('stranger');

const version =
  (x402Version: number): ChannelBend =>
  (draft) => ({ ...draft, x402Version });

const ENVELOPE: readonly ChannelCase[] = [
  ...cases(
    { kinds: KINDS, rule: 'envelope and payload are of x402 version 2', expect: 'invalid_x402_version' },
    { 'the payload is of x402 version 1': version(1), 'the payload is of a version to come': version(3) },
  ),
  ...cases(
    { kinds: KINDS, rule: 'the scheme is batch-settlement on both sides', expect: `${P}_scheme` },
    {
      'the requirements name another scheme': required({ scheme: 'exact' }),
      'the payer accepted another scheme': accepting({ scheme: 'exact' }),
    },
  ),
  ...cases(
    {
      kinds: KINDS,
      rule: 'both sides name the same network, by its id or its CIP-34 alias, and it is served here',
      expect: `${P}_network_mismatch`,
    },
    {
      'the payer accepted another Cardano network': accepting({ network: 'cardano:preprod' }),
      'both sides name a network that is not served here': bends(
        required({ network: 'cardano:mainnet' }),
        accepting({ network: 'cardano:mainnet' }),
      ),
      'the requirements name no Cardano network': required({ network: 'eip155:1' }),
    },
  ),
  ...cases(
    {
      kinds: KINDS,
      rule: 'both sides name the same network, by its id or its CIP-34 alias, and it is served here',
      expect: 'accepted',
    },
    {
      'the payer uses the CIP-34 alias': accepting({ network: 'cip34:0-2' }),
      'both sides use the CIP-34 alias': bends(
        required({ network: 'cip34:0-2' }),
        accepting({ network: 'cip34:0-2' }),
      ),
    },
  ),
  ...cases(
    { kinds: KINDS, rule: 'the payload is of a known type', expect: `${P}_payload_type` },
    {
      'the payload has no type': payload(({ type: _, ...others }) => others),
      'the payload is of a type of another binding': payload((fields) => ({ ...fields, type: 'withdraw' })),
      'the type is a number': payload((fields) => ({ ...fields, type: 0 })),
      'the type is spelled in upper case': payload((fields) => ({ ...fields, type: 'DEPOSIT' })),
    },
  ),
];

const PRICE = 'amount, asset, payTo and maxTimeoutSeconds are well formed, and the operator allows the asset';
const EXTRA =
  'extra has its fields in their form, and its confirmation policy is one that this deployment settles';
const DELAY = 'the close period lasts 15 minutes to 30 days, and no less than maxTimeoutSeconds';

/** The same close period on both sides. */
const delay = (withdrawDelay: number) => bends(extra({ withdrawDelay }), config({ withdrawDelay }));

const REQUIREMENTS: readonly ChannelCase[] = [
  ...cases(
    { kinds: BUYER_KINDS, rule: PRICE, expect: R },
    {
      'the amount is zero': required({ amount: '0' }),
      'the amount has a leading zero': required({ amount: '01000' }),
      'the amount is a fraction': required({ amount: '1000.0' }),
      'the amount does not fit 64 bits': required({ amount: '18446744073709551616' }),
      'the asset is ADA by another name': required({ asset: 'ADA' }),
      'payTo is not an address': required({ payTo: 'seller' }),
      'payTo is an address of mainnet': required({ payTo: SELLER_ADDRESS.address(1) }),
      'the timeout is zero': required({ maxTimeoutSeconds: 0 }),
      'the timeout is a fraction': required({ maxTimeoutSeconds: 1.5 }),
      'the timeout is longer than this deployment allows': required({ maxTimeoutSeconds: 3601 }),
      'the operator does not list the asset': withPolicy({ assets: new Set() }),
    },
  ),
  ...cases(
    { kinds: BUYER_KINDS, rule: EXTRA, expect: `${P}_extra` },
    {
      'extra is null': required({ extra: null }),
      'there is no extra': required({ extra: undefined }),
      'scriptHash is missing': extra({ scriptHash: undefined }),
      'scriptHash is too short': extra({ scriptHash: OTHER_HASH.slice(2) }),
      'scriptHash is in upper case': extra({ scriptHash: OTHER_HASH.toUpperCase() }),
      'receiverAuthorizer is missing': extra({ receiverAuthorizer: undefined }),
      'receiverAuthorizer is an address': extra({ receiverAuthorizer: SELLER_ADDRESS.address(0) }),
      'withdrawDelay is missing': extra({ withdrawDelay: undefined }),
      'withdrawDelay is text': extra({ withdrawDelay: '900' }),
      'withdrawDelay is a fraction': extra({ withdrawDelay: 900.5 }),
      'referenceScript has no index': extra({ referenceScript: '00'.repeat(32) }),
      'minDeposit has a leading zero': extra({ minDeposit: '010000' }),
      'minDeposit is a number': extra({ minDeposit: 10_000 }),
      'the confirmation policy is empty': extra({ confirmationPolicy: {} }),
      'the confirmation policy has a further field': extra({
        confirmationPolicy: { l1Confirmations: 1, l2Confirmations: 1 },
      }),
      'the confirmations are above 20': extra({ confirmationPolicy: { l1Confirmations: 21 } }),
      'mempool acceptance is asked for where the operator has not opted in': extra({
        confirmationPolicy: { l1Confirmations: -1 },
      }),
    },
  ),
  ...cases(
    { kinds: BUYER_KINDS, rule: EXTRA, expect: 'accepted' },
    {
      'there is a reference script and a hint of a deposit that is not met': extra({
        referenceScript: `${'00'.repeat(32)}#0`,
        minDeposit: '999999999999',
      }),
      'there is what a corrective 402 holds': extra({ channelState: {}, voucherState: {} }),
      'there are fields of an extension': extra({ sellersOwn: { anything: true } }),
      'inclusion in a block is asked for': extra({ confirmationPolicy: { l1Confirmations: 0 } }),
    },
  ),
  ...cases(
    {
      kinds: BUYER_KINDS,
      rule: 'the validator is one that this deployment serves',
      expect: `${P}_extra`,
    },
    {
      'the validator is another one': extra({ scriptHash: OTHER_HASH }),
      'the operator serves none': withPolicy({ channelValidators: new Set() }),
    },
  ),
  ...cases(
    { kinds: BUYER_KINDS, rule: DELAY, expect: `${P}_withdraw_delay_out_of_range` },
    {
      'the close period is a second short': delay(899),
      'the close period is a second long': delay(2_592_001),
      'the close period is negative': delay(-900),
      'the close period is shorter than the timeout': required({ maxTimeoutSeconds: 901 }),
    },
  ),
  ...cases(
    { kinds: BUYER_KINDS, rule: DELAY, expect: 'accepted' },
    { 'the close period is the timeout': required({ maxTimeoutSeconds: WITHDRAW_DELAY }) },
  ),
];

const SHAPE = 'the payload has the fields of its type in their form; amounts are canonical';

const PAYLOAD: readonly ChannelCase[] = [
  ...cases(
    { kinds: BUYER_KINDS, rule: SHAPE, expect: `${P}_payload` },
    {
      'there is no channelConfig': payload(({ channelConfig: _, ...others }) => others),
      'channelConfig is a list': payload((fields) => ({ ...fields, channelConfig: [] })),
      'payer is an address': config({ payer: SELLER_ADDRESS.address(0) }),
      'payer is in upper case': config({ payer: OTHER_HASH.toUpperCase() }),
      'payerAuthorizer is a hash': config({ payerAuthorizer: OTHER_HASH }),
      'receiver is missing': config({ receiver: undefined }),
      'receiverAuthorizer is too long': config({ receiverAuthorizer: `${OTHER_HASH}ab` }),
      'token is missing': config({ token: undefined }),
      'the close period is text': config({ withdrawDelay: '900' }),
      'channelConfig has a field of another binding': config({ salt: '00' }),
      'there is no voucher': payload(({ voucher: _, ...others }) => others),
      'channelId is too short': voucherFields({ channelId: '11' }),
      'channelId is in upper case': voucherFields({ channelId: 'AB'.repeat(32) }),
      'the amount is a number': voucherFields({ maxClaimableAmount: 203_000 }),
      'the amount has a leading zero': voucherFields({ maxClaimableAmount: '0203000' }),
      'the amount has a plus': voucherFields({ maxClaimableAmount: '+203000' }),
      'the amount does not fit 64 bits': voucherFields({ maxClaimableAmount: '18446744073709551616' }),
      'the amount has a hundred thousand digits': voucherFields({ maxClaimableAmount: '9'.repeat(100_000) }),
      'the signature is too short': voucherFields({ signature: '00'.repeat(63) }),
      'channelRef has no index': voucherFields({ channelRef: '00'.repeat(32) }),
      'the index of channelRef does not fit 16 bits': voucherFields({
        channelRef: `${'00'.repeat(32)}#65536`,
      }),
      'channelRef is empty': voucherFields({ channelRef: '' }),
      'the voucher has a further field': voucherFields({ expiresAt: 1 }),
    },
  ),
  ...cases(
    { kinds: ['voucher', 'refund'], rule: SHAPE, expect: `${P}_payload` },
    { 'there is no channelRef': voucherFields({ channelRef: undefined }) },
  ),
  ...cases(
    { kinds: ['opening', 'topUp'], rule: SHAPE, expect: `${P}_payload` },
    {
      'there is no deposit': payload(({ deposit: _, ...others }) => others),
      'the deposit is of nothing': payload((fields) => ({
        ...fields,
        deposit: { ...(fields.deposit as object), amount: '0' },
      })),
      'the deposit has no transaction': payload((fields) => ({ ...fields, deposit: { amount: '1' } })),
      'the deposit’s transaction is an object': payload((fields) => ({
        ...fields,
        deposit: { amount: '1', transaction: { cbor: '84' } },
      })),
    },
  ),
  ...cases(
    { kinds: 'refund', rule: SHAPE, expect: `${P}_payload` },
    {
      'there is no transaction': payload(({ transaction: _, ...others }) => others),
      'providerWitness is not hex': payload((fields) => ({ ...fields, providerWitness: 'witness' })),
    },
  ),
  ...cases(
    { kinds: BUYER_KINDS, rule: SHAPE, expect: 'accepted' },
    { 'the payload has a field of an extension': payload((fields) => ({ ...fields, note: 'hello' })) },
  ),
  ...cases(
    { kinds: BUYER_KINDS, rule: 'the channel’s receiver is payTo', expect: `${P}_receiver_mismatch` },
    {
      'the channel is for another receiver': config({ receiver: STRANGER.address(0) }),
      'the receiver is payTo in upper case': config({ receiver: SELLER_ADDRESS.address(0).toUpperCase() }),
    },
  ),
  ...cases(
    {
      kinds: BUYER_KINDS,
      rule: 'the channel’s receiverAuthorizer is extra.receiverAuthorizer',
      expect: `${P}_receiver_authorizer_mismatch`,
    },
    { 'the channel is for another seller’s key': config({ receiverAuthorizer: STRANGER.keyHash }) },
  ),
  ...cases(
    { kinds: BUYER_KINDS, rule: 'the channel’s token is the asset', expect: `${P}_token_mismatch` },
    { 'the channel is of another currency': config({ token: `${OTHER_HASH}.01` }) },
  ),
  ...cases(
    {
      kinds: BUYER_KINDS,
      rule: 'the channel’s withdrawDelay is extra.withdrawDelay',
      expect: `${P}_withdraw_delay_mismatch`,
    },
    { 'the channel closes later': config({ withdrawDelay: WITHDRAW_DELAY + 1 }) },
  ),
  ...cases(
    {
      kinds: BUYER_KINDS,
      rule: 'the voucher’s signature is the IOU’s by payerAuthorizer',
      expect: `${P}_voucher_signature`,
    },
    {
      'the signature is by another key': payload((fields) => {
        const voucher = fields.voucher as { channelId: string; maxClaimableAmount: string };
        const { channelId, maxClaimableAmount } = voucher;
        const signature = signIou(channelId, BigInt(maxClaimableAmount), PROVIDER);
        return { ...fields, voucher: { ...voucher, signature } };
      }),
      'the amount is one more than was signed': payload((fields) => {
        const voucher = fields.voucher as { maxClaimableAmount: string };
        const maxClaimableAmount = `${BigInt(voucher.maxClaimableAmount) + 1n}`;
        return { ...fields, voucher: { ...voucher, maxClaimableAmount } };
      }),
      'the signature is of another channel': voucherFields({ channelId: '11'.repeat(32) }),
      'the key is another one': config({ payerAuthorizer: '22'.repeat(32) }),
      'the key is of small order, for which anyone can sign': config({
        payerAuthorizer: `01${'00'.repeat(31)}`,
      }),
    },
  ),
];

/** What every request of a buyer meets, and of them what a claim meets too. */
export const ENVELOPE_CASES: readonly ChannelCase[] = [...ENVELOPE, ...REQUIREMENTS, ...PAYLOAD];
