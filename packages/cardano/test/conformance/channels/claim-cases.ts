import type { ChainOutput } from '@x402-facilitator/cardano';
import type { ChannelBend } from '../../support/channels/draft.js';
import { claim, claimLines, PROMISED } from '../../support/channels/drafts.js';
import { SCRIPT_HASH, signIou } from '../../support/channels/outputs.js';
import { CONSUMER } from '../../support/channels/parties.js';
import { type PlutusData, redeemerData, type Step } from '../../support/internals.js';
import { type ChannelCase, cases, payload, redeemedBy, spec } from './case.js';

const P = 'invalid_batch_settlement_cardano';
const CODE = `${P}_claim_transaction`;
const SHAPE = 'a claim has a transaction, and a list of its channels in their form';
const CHANNELS = 'it spends channels of one validator that is served here, and nothing else at one';
const REDEEMED =
  'the first channel is redeemed by Main with a Sub or Settle for each, the others by Defer, none by Mutual';
const LISTED = 'claims lists exactly the channels that it spends';
const TOTALS = 'each claim’s totalClaimed is what its channel comes to';
const LEDGER = 'the complete ledger check accepts, scripts included';

type Claim = Readonly<Record<string, unknown>>;

const claims = (bend: (claims: readonly Claim[]) => readonly unknown[]): ChannelBend =>
  payload((fields) => ({ ...fields, claims: bend(fields.claims as readonly Claim[]) }));

const firstClaim = (changes: Claim): ChannelBend =>
  claims(([first, ...others]) => [{ ...first, ...changes }, ...others]);

/** One of the channels is another output. */
const channel =
  (bend: (output: ChainOutput) => ChainOutput): ChannelBend =>
  (draft) => {
    const [first, ...others] = draft.unspent;
    if (first === undefined) throw new Error('expected a channel');
    return { ...draft, unspent: [bend(first), ...others] };
  };

const redeemers = (...data: readonly PlutusData[]): ChannelBend =>
  redeemedBy((redeemed) => redeemed.map((one, at) => ({ ...one, data: data[at] ?? one.data })));

const main = (...steps: readonly Step[]) => redeemerData({ kind: 'main', steps });

/** The usual step of the channels of a claim, in the order of its inputs. */
const sub = (at: number, changes: Partial<Extract<Step, { kind: 'sub' | 'settle' }>> = {}): Step => ({
  kind: 'sub',
  owed: PROMISED,
  signature: signIou(claimLines('lovelace' as never, 2)[at]?.tag ?? '', PROMISED),
  ...changes,
});

/** Claims. */
export const CLAIM_CASES: readonly ChannelCase[] = [
  ...cases(
    { kinds: 'claim', rule: SHAPE, expect: `${P}_payload` },
    {
      'there is no transaction: the facilitator is to sign': payload(
        ({ transaction: _, ...others }) => others,
      ),
      'there are no claims': payload(({ claims: _, ...others }) => others),
      'the list of claims is empty': claims(() => []),
      'there are more claims than fit into any transaction': claims(([first]) =>
        Array.from({ length: 101 }, () => first),
      ),
      'channelId is too short': firstClaim({ channelId: '11' }),
      'totalClaimed is a number': firstClaim({ totalClaimed: 1 }),
      'totalClaimed has a leading zero': firstClaim({ totalClaimed: `0${PROMISED}` }),
      'a claim has a field of its own': firstClaim({ amount: '1' }),
    },
  ),
  ...cases(
    { kinds: 'claim', rule: SHAPE, expect: 'accepted' },
    {
      'claims say what a delegated one would': firstClaim({
        channelRef: `${'00'.repeat(32)}#0`,
        voucher: { maxClaimableAmount: '1', signature: '00'.repeat(64) },
      }),
    },
  ),
  ...cases(
    { kinds: 'claim', rule: CHANNELS, expect: CODE },
    {
      'the validator is not served here': (draft) => ({
        ...draft,
        policy: { channelValidators: new Set(['ab'.repeat(28)]) },
      }),
      'a channel has no datum': channel(({ inlineDatum: _, ...output }) => output),
      'a channel’s datum is of another form': channel((output) => ({ ...output, inlineDatum: '182a' })),
      'a channel’s ownHash is another script’s': channel((output) => ({
        ...output,
        inlineDatum: (output.inlineDatum ?? '').replace(SCRIPT_HASH, 'ab'.repeat(28)),
      })),
      'a channel carries a reference script': channel((output) => ({
        ...output,
        referenceScript: { hash: 'ab'.repeat(28), language: 'plutusV3', bytes: '4101' },
      })),
    },
  ),
  ...cases(
    { kinds: 'claim', rule: CHANNELS, expect: 'accepted' },
    {
      'it claims from one channel': ({ currency }) => claim(currency, 1),
      'it claims from ten channels': ({ currency }) => claim(currency, 10),
      'it claims from thirty channels': ({ currency }) => claim(currency, 30),
      'it settles a closed channel among open ones': ({ currency }) => claim(currency, 3, 1),
      'it settles closed channels only': ({ currency }) => claim(currency, 2, 2),
    },
  ),
  ...cases(
    { kinds: 'claim', rule: REDEEMED, expect: CODE },
    {
      'a Mutual hides behind Main': redeemers(main(sub(0), sub(1)), redeemerData({ kind: 'mutual' })),
      'the first channel is redeemed by Mutual': redeemers(redeemerData({ kind: 'mutual' })),
      'both channels are redeemed by Defer': redeemers(redeemerData({ kind: 'defer' })),
      'both channels are redeemed by Main': redeemers(main(sub(0), sub(1)), main(sub(0), sub(1))),
      'Main has a step too few': redeemers(main(sub(0))),
      'Main has a step too many': redeemers(main(sub(0), sub(1), sub(1))),
      'a step is Add': redeemers(main(sub(0), { kind: 'add' })),
      'a step is Close': redeemers(main({ kind: 'close' }, sub(1))),
      'a step is End': redeemers(main(sub(0), { kind: 'end' })),
      'a step is Elapse': redeemers(main(sub(0), { kind: 'elapse' })),
      'the redeemer is of another form': redeemers({ kind: 'int', value: 1n }),
      'the signature in a step is too short': redeemers(main(sub(0, { signature: '00' }), sub(1))),
      'a channel has no redeemer': redeemedBy(([first]) => (first === undefined ? [] : [first])),
    },
  ),
  ...cases(
    { kinds: 'claim', rule: LISTED, expect: CODE },
    {
      'a channel is not listed': claims(([first]) => [first]),
      'a channel is listed twice': claims((all) => [...all, all[0]]),
      'another channel is listed as well': claims((all) => [
        ...all,
        { channelId: '11'.repeat(32), totalClaimed: '1' },
      ]),
      'another channel is listed instead': firstClaim({ channelId: '11'.repeat(32) }),
    },
  ),
  ...cases(
    { kinds: 'claim', rule: LISTED, expect: 'accepted' },
    { 'the channels are listed in another order': claims((all) => all.toReversed()) },
  ),
  ...cases(
    { kinds: 'claim', rule: TOTALS, expect: CODE },
    {
      'a total is one more': firstClaim({ totalClaimed: `${PROMISED + 1n}` }),
      'a total is one less': firstClaim({ totalClaimed: `${PROMISED - 1n}` }),
      'a channel is not continued': spec((before) => ({ ...before, outputs: before.outputs.slice(1) })),
    },
  ),
  ...cases(
    { kinds: 'claim', rule: LEDGER, expect: CODE, because: 'ScriptFailed' },
    {
      'an IOU is for less than is taken': redeemers(main(sub(0, { owed: PROMISED - 1n }), sub(1))),
      'an IOU is for more than was signed': redeemers(main(sub(0, { owed: PROMISED + 1n }), sub(1))),
      'an IOU is of the other channel': redeemers(main(sub(1), sub(0))),
      'a step is Settle for an open channel': redeemers(main(sub(0, { kind: 'settle' }), sub(1))),
      'the validator does not see that the provider must sign': spec(({ body: _, ...before }) => before),
    },
  ),
  ...cases(
    { kinds: 'claim', rule: LEDGER, expect: CODE, because: 'MissingVKeyWitnessesUTXOW' },
    { 'the provider has not signed': spec((before) => ({ ...before, signers: [CONSUMER] })) },
  ),
];
