import { outRefKey, type VerificationPolicy } from '@x402-facilitator/cardano';
import * as cbor from '../../../support/cbor-writer.js';
import type { RefusalCode, Rule } from '../../../support/internals.js';
import { PAYER_LOVELACE } from '../../../support/payer-without-ada.js';
import { MERCHANT, PAYER } from '../../../support/payment.js';
import { nativeScriptOf } from '../../../support/scripts.js';
import {
  FACILITATOR,
  outputsOf,
  POOL_LOVELACE,
  pretend,
  type SponsoredChanges,
} from '../../../support/sponsored-payment.js';
import { TOKEN_POLICY } from '../../../support/tokens.js';
import { outRefCbor } from '../../../support/transaction-builder.js';
import { addressBytes, addressText, walletOf } from '../../../support/wallet.js';
import { SPONSORSHIP_ID, txHash } from '../../../support/world.js';
import { bend, body, change, fee, fully, leastFee, returning, withInput } from './bend.js';
import * as rules from './rules.js';

const P = 'invalid_exact_cardano_payload';
const STRANGER = walletOf('stranger');
const BASE_ADDRESS = 0x00;

/** A situation of a sponsored payment and what must be said of it. */
export type SponsorshipCase = {
  readonly rule: Rule;
  readonly situation: string;
  readonly expect: 'verified' | RefusalCode;
  readonly because?: string;
  readonly policy?: Partial<VerificationPolicy>;
  readonly changes: SponsoredChanges;
};

/** Only a facilitator in memory says of a reservation what it is told to. */
export function isSteered({ rule, changes }: SponsorshipCase): boolean {
  return rule === rules.ownOutput || changes.fact !== undefined;
}

function cases(
  expectation: Omit<SponsorshipCase, 'situation' | 'changes'>,
  situations: Readonly<Record<string, SponsoredChanges>>,
): SponsorshipCase[] {
  return Object.entries(situations).map(([situation, changes]) => ({ ...expectation, situation, changes }));
}

const OURS_WITH_STAKE = addressText(
  addressBytes(BASE_ADDRESS, cbor.hex(FACILITATOR.keyHash), cbor.hex(STRANGER.keyHash)),
);
const OUR_SCRIPT = nativeScriptOf(FACILITATOR.keyHash);
const SCRIPT_ADDRESS = addressText(addressBytes(0x70, OUR_SCRIPT.hash));

export const SPONSORSHIP_CASES: readonly SponsorshipCase[] = [
  ...cases(
    { rule: rules.method, expect: P },
    {
      'the extension is not an object': { extension: 'please' },
      'its info is not an object': { extension: { info: 7 } },
      'the id is not hex': { extension: { info: { id: 'mine' } } },
      'the id is in upper case': { extension: { info: { id: SPONSORSHIP_ID.toUpperCase() } } },
    },
  ),
  ...cases(
    { rule: rules.method, expect: `${P}_sponsorship_not_plain`, because: 'assetTransferMethod' },
    {
      'a script is paid': {
        requirements: {
          payTo: SCRIPT_ADDRESS,
          extra: { assetTransferMethod: 'script', scriptHash: Buffer.from(OUR_SCRIPT.hash).toString('hex') },
        },
      },
    },
  ),
  ...cases(
    { rule: rules.reservation, expect: 'verified' },
    { 'it is reserved, or bound to this transaction': {} },
  ),
  ...cases(
    { rule: rules.reservation, expect: `${P}_sponsorship_unknown` },
    {
      'the facilitator never gave out the id': { fact: () => ({ kind: 'unknown' }) },
      'the id is another than the one that was given out': { extension: { info: { id: '0'.repeat(32) } } },
    },
  ),
  ...cases(
    { rule: rules.reservation, expect: `${P}_sponsorship_expired` },
    {
      'it ran out': { fact: () => ({ kind: 'expired' }) },
    },
  ),
  ...cases(
    { rule: rules.reservation, expect: `${P}_sponsorship_used` },
    {
      'another transaction has it': { fact: () => ({ kind: 'used', by: txHash('another payment') }) },
    },
  ),
  ...cases(
    { rule: rules.reservation, expect: 'exact_cardano_facilitator_sponsorship_unavailable' },
    {
      'nothing can be said of it now': { fact: () => ({ kind: 'unavailable', reason: 'Redis is away' }) },
    },
  ),
  ...cases(
    { rule: rules.plain, expect: `${P}_sponsorship_not_plain` },
    {
      'our key is a required signer': body({ 14: cbor.set([cbor.bytes(cbor.hex(FACILITATOR.keyHash))]) }),
      'the payer’s key is a required signer': body({ 14: cbor.set([cbor.bytes(cbor.hex(PAYER.keyHash))]) }),
      'our output is offered as collateral': bend(({ pool }) => ({
        body: { 13: cbor.set([outRefCbor(pool.outRef)]) },
      })),
      'collateral would be returned': body({
        16: cbor.array([cbor.bytes(PAYER.addressBytes(0)), cbor.int(2_000_000)]),
      }),
      'it names a total collateral': body({ 17: cbor.int(2_000_000) }),
      'it has a reference input': bend(({ source }) => ({
        body: { 18: cbor.set([outRefCbor({ ...source.outRef, index: 99 })]) },
      })),
      'it carries a script that our signature would satisfy': bend(() => ({
        witnesses: { 1: cbor.array([OUR_SCRIPT.bytes]) },
      })),
      'it names script data': body({ 11: cbor.bytes(new Uint8Array(32)) }),
      'it carries metadata': bend(() => ({
        auxiliaryData: cbor.map([[cbor.int(674), cbor.text('the facilitator says')]]),
      })),
      'our own wallet is paid': {
        requirements: { payTo: FACILITATOR.address(0), amount: '1', asset: 'lovelace' },
      },
    },
  ),
  ...cases(
    { rule: rules.reservedInput, expect: `${P}_sponsorship_mismatch` },
    {
      'it does not spend the reserved output': bend(({ spec, pool, ...draft }) => ({
        inputs: spec.inputs.filter((input) => input !== pool.outRef),
        outputs: outputsOf(draft).slice(0, 2),
      })),
      'the nonce is the reserved output': { nonce: ({ pool }) => outRefKey(pool.outRef) },
    },
  ),
  ...cases(
    { rule: rules.feeAndSize, expect: 'verified' },
    {
      'the fee is all that may be paid': fee(({ sponsored }) => sponsored.maxFeeLovelace),
      'the fee is the least for the size with our signature': fee((draft) =>
        leastFee(draft, { withOurs: true }),
      ),
    },
  ),
  ...cases(
    { rule: rules.feeAndSize, expect: `${P}_fee_above_maximum` },
    {
      'the fee is one lovelace more than may be paid': fee(({ sponsored }) => sponsored.maxFeeLovelace + 1n),
    },
  ),
  ...cases(
    { rule: rules.feeAndSize, expect: `${P}_fee_below_minimum` },
    {
      'the fee is one lovelace short of the size with our signature': fee(
        (draft) => leastFee(draft, { withOurs: true }) - 1n,
      ),
      'the fee suffices for the size without our signature alone': fee((draft) =>
        leastFee(draft, { withOurs: false }),
      ),
    },
  ),
  ...cases(
    { rule: rules.change, expect: 'verified' },
    {
      'all comes back but the fee and the min-UTxO of the paying output': returning(fully),
      'the payer returns more than it must': bend((draft) => {
        const [payment, own] = outputsOf(draft);
        return {
          outputs: [
            payment,
            { ...own, lovelace: PAYER_LOVELACE - 100_000n },
            outputsOf(draft, fully(draft) + 100_000n)[2],
          ],
        };
      }),
    },
  ),
  ...cases(
    { rule: rules.change, expect: `${P}_sponsorship_change_insufficient` },
    {
      'the change is short by one lovelace': bend((draft) => {
        const [payment, own] = outputsOf(draft);
        return {
          outputs: [
            payment,
            { ...own, lovelace: PAYER_LOVELACE + 1n },
            outputsOf(draft, fully(draft) - 1n)[2],
          ],
        };
      }),
      'nothing comes back': bend((draft) => {
        const [payment, own] = outputsOf(draft);
        return { outputs: [payment, { ...own, lovelace: PAYER_LOVELACE + fully(draft) }] };
      }),
      'the paying output holds more ada than it must': bend((draft) => {
        const [payment, own] = outputsOf(draft);
        return {
          outputs: [
            { ...payment, lovelace: draft.minAda + 500_000n },
            own,
            outputsOf(draft, fully(draft) - 500_000n)[2],
          ],
        };
      }),
      'min-ada is not lent here': {
        fact: ({ sponsored }) => ({ kind: 'reserved', input: { ...sponsored, minAdaLovelace: 0n } }),
      },
      'min-ada is claimed for a payment in ada': { requirements: { asset: 'lovelace', amount: '1000000' } },
    },
  ),
  ...cases(
    { rule: rules.change, expect: `${P}_sponsorship_not_plain` },
    {
      'tokens are routed to our change': bend((draft) => {
        const [payment, own, returned] = outputsOf(draft);
        return {
          outputs: [
            payment,
            { ...own, assets: [[TOKEN_POLICY, '01', 59n]] },
            { ...returned, assets: [[TOKEN_POLICY, '01', 1n]] },
          ],
        };
      }),
      'our change carries a datum': change(() => ({
        extra: [[2, cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(cbor.int(7)))])]],
      })),
      'our change carries a reference script': change(() => ({
        extra: [[3, cbor.tag(24, cbor.bytes(cbor.array([cbor.int(0), OUR_SCRIPT.bytes])))]],
      })),
      'our change goes to our key with a stranger’s stake': change(() => ({
        address: addressBytes(BASE_ADDRESS, cbor.hex(FACILITATOR.keyHash), cbor.hex(STRANGER.keyHash)),
      })),
      'our change comes in two outputs': bend((draft) => {
        const [payment, own, returned] = outputsOf(draft);
        return {
          outputs: [
            payment,
            own,
            { ...returned, lovelace: fully(draft) - 1_000_000n },
            { ...returned, lovelace: 1_000_000n },
          ],
        };
      }),
    },
  ),
  ...cases(
    { rule: rules.ownOutput, expect: `${P}_sponsorship_mismatch` },
    {
      'the reservation says that it holds less than it does': {
        fact: ({ sponsored }) => ({
          kind: 'reserved',
          input: { ...sponsored, lovelace: sponsored.lovelace - 1_000_000n },
        }),
      },
      'the reservation names an output of another wallet': {
        transaction: async (draft) => {
          const stranger = await draft.world.fund(STRANGER, { lovelace: POOL_LOVELACE });
          pretend(draft.world, {
            kind: 'reserved',
            input: { ...draft.sponsored, outRef: stranger.outRef },
          });
          return { ...draft.spec, inputs: [draft.source.outRef, stranger.outRef] };
        },
      },
      'the reserved output holds tokens': {
        transaction: async (draft) => {
          const rich = await draft.world.fund(FACILITATOR, {
            lovelace: POOL_LOVELACE,
            assets: [...draft.source.assets],
          });
          pretend(draft.world, {
            kind: 'reserved',
            input: { ...draft.sponsored, outRef: rich.outRef },
          });
          const [payment, own, returned] = outputsOf(draft);
          const both = { ...own, assets: [[TOKEN_POLICY, '01', 160n] as const] };
          return {
            ...draft.spec,
            inputs: [draft.source.outRef, rich.outRef],
            outputs: [payment, both, returned],
          };
        },
      },
    },
  ),
  ...cases(
    { rule: rules.otherInputs, expect: `${P}_sponsorship_foreign_input` },
    {
      'a second output of our pool is sneaked in': withInput(FACILITATOR.address(0)),
      'an output of our key with another’s stake is sneaked in': withInput(OURS_WITH_STAKE),
    },
  ),
  ...cases(
    { rule: rules.otherInputs, expect: `${P}_sponsorship_not_plain` },
    {
      'an output of a script that wants our signature is sneaked in': withInput(SCRIPT_ADDRESS),
    },
  ),
  ...cases(
    { rule: rules.otherInputs, expect: `${P}_phase1_invalid`, because: 'MissingVKeyWitnesses' },
    {
      'an output of a stranger is sneaked in': withInput(STRANGER.address(0)),
    },
  ),
  ...cases(
    { rule: rules.payer, expect: `${P}_sponsorship_mismatch`, because: MERCHANT.address(0) },
    {
      'the reservation is another payer’s': {
        fact: ({ sponsored }) => ({
          kind: 'reserved',
          input: { ...sponsored, payer: MERCHANT.address(0) },
        }),
      },
    },
  ),
];
