import { outRefKey } from '@x402-facilitator/cardano';
import * as cbor from '../../../support/cbor-writer.js';
import type { RefusalCode, Rule } from '../../../support/internals.js';
import {
  OFFERED_FEE,
  OFFERED_LOVELACE,
  OFFERED_MAX_FEE,
  type OfferedChanges,
  type OfferedDraft,
  offeredOutputs,
  SPONSOR,
  sponsorWitnesses,
  witnessSetHex,
} from '../../../support/offered-payment.js';
import { TOKEN } from '../../../support/payer-without-ada.js';
import { MERCHANT, PAYER } from '../../../support/payment.js';
import { nativeScriptOf } from '../../../support/scripts.js';
import {
  type BuiltTransaction,
  buildTransaction,
  outRefCbor,
  type TransactionSpec,
} from '../../../support/transaction-builder.js';
import { addressBytes, addressText, walletOf } from '../../../support/wallet.js';
import { SPONSORSHIP_ID, txHash } from '../../../support/world.js';
import * as rules from './rules.js';

const P = 'invalid_exact_cardano_payload';
const R = 'invalid_exact_cardano_requirements';
const INVALID = 'fee_sponsor_witness_invalid';
const REFUSED = 'fee_sponsor_refused';
const STRANGER = walletOf('stranger');
/** A key of 32 and a signature of 64 bytes with their heads, in an array. */
const WITNESS_BYTES = 101;
const PHASE_2_FLAG_BYTES = 1;
const SCRIPT = nativeScriptOf(SPONSOR.keyHash);
const SCRIPT_ADDRESS = addressText(addressBytes(0x70, SCRIPT.hash));
const SPONSOR_WITH_STAKE = addressText(
  addressBytes(0x00, cbor.hex(SPONSOR.keyHash), cbor.hex(STRANGER.keyHash)),
);

/** A situation of a payment that the seller sponsors, and what must be said of it. */
export type FeeSponsorCase = {
  readonly rule: Rule;
  readonly situation: string;
  readonly expect: 'verified' | RefusalCode;
  readonly because?: string;
  readonly changes: OfferedChanges;
};

function cases(
  expectation: Omit<FeeSponsorCase, 'situation' | 'changes'>,
  situations: Readonly<Record<string, OfferedChanges>>,
): FeeSponsorCase[] {
  return Object.entries(situations).map(([situation, changes]) => ({ ...expectation, situation, changes }));
}

/** The usual transaction with some of its parts replaced. */
const bend = (change: (draft: OfferedDraft) => Partial<TransactionSpec>): OfferedChanges => ({
  transaction: (draft) => ({ ...draft.spec, ...change(draft) }),
});
const body = (fields: Readonly<Record<number, cbor.Cbor>>) => bend(() => ({ body: fields }));
const offering = (change: object): OfferedChanges => ({ offer: ({ offer }) => ({ ...offer, ...change }) });
const giving = (witnesses: (built: BuiltTransaction) => unknown): OfferedChanges => ({
  payload: (built) => ({ sponsorWitnesses: witnesses(built) }),
});
const signatureOf = (id: string, { publicKey, sign } = SPONSOR) => ({
  publicKey,
  signature: sign(cbor.hex(id)),
});
const setOf = (...options: Parameters<typeof witnessSetHex>) => witnessSetHex(...options);

/** A fee, and a payment that returns so much less. */
const fee = (lovelace: (draft: OfferedDraft) => bigint): OfferedChanges =>
  bend((draft) => ({
    fee: lovelace(draft),
    outputs: offeredOutputs({ networkId: 0 }, OFFERED_LOVELACE - lovelace(draft)),
  }));

/** What the ledger asks for the usual transaction, signed by the payer and perhaps by the seller. */
function leastFee({ world, spec }: OfferedDraft, { withSellers }: { readonly withSellers: boolean }): bigint {
  const { minFeeConstant, minFeePerByte } = world.facts.parameters;
  const size = buildTransaction(spec).bytes.length - PHASE_2_FLAG_BYTES + (withSellers ? WITNESS_BYTES : 0);
  return minFeeConstant + minFeePerByte * BigInt(size);
}

/** One more input, whose ada goes to the payer. */
const withInput = (owner: string): OfferedChanges => ({
  transaction: async (draft) => {
    const more = await draft.world.fund(owner, { lovelace: OFFERED_LOVELACE });
    return {
      ...draft.spec,
      inputs: [...draft.spec.inputs, more.outRef],
      outputs: [...draft.spec.outputs, { address: PAYER.addressBytes(0), lovelace: OFFERED_LOVELACE }],
    };
  },
});

const MUCH = 600_000_000n;

/** So many outputs to `payTo` that one more signature is beyond the protocol’s limit. */
const large: OfferedChanges = {
  lent: { funds: { lovelace: MUCH } },
  ...offering({ lovelace: `${MUCH}`, maxFee: '2000000' }),
  transaction: ({ world, spec }) => {
    const LARGE_FEE = 1_500_000n;
    const [payment, own] = offeredOutputs({ networkId: 0 });
    const specOf = (count: number): TransactionSpec => {
      const each = { address: MERCHANT.addressBytes(0), lovelace: 1_000_000n };
      const rest = MUCH - LARGE_FEE - BigInt(count) * each.lovelace;
      const outputs = [{ ...payment, lovelace: rest }, own, ...Array.from({ length: count }, () => each)];
      return { ...spec, fee: LARGE_FEE, outputs };
    };
    const sizeOf = (count: number) => buildTransaction(specOf(count)).bytes.length - PHASE_2_FLAG_BYTES;
    let count = 300;
    while (sizeOf(count + 1) <= world.facts.parameters.maxTransactionBytes) count++;
    return specOf(count);
  },
};

export const FEE_SPONSOR_CASES: readonly FeeSponsorCase[] = [
  ...cases(
    { rule: rules.offer, expect: 'verified' },
    {
      'the payment spends the offered output': {},
      'it has a field of a later version': offering({ later: true }),
      'the payment leaves the offer alone': {
        transaction: async (draft) => {
          const own = await draft.world.fund(PAYER, { lovelace: OFFERED_LOVELACE });
          return { ...draft.spec, inputs: [draft.source.outRef, own.outRef] };
        },
      },
    },
  ),
  ...cases(
    { rule: rules.offer, expect: R, because: 'feeSponsor' },
    {
      'it is no object': { offer: () => 'mine' },
      'its input is in upper case': {
        offer: ({ offer }) => ({ ...offer, input: offer.input.toUpperCase() }),
      },
      'its input has no index': { offer: ({ offer }) => ({ ...offer, input: offer.input.split('#')[0] }) },
      'its input has an index that no output has': {
        offer: ({ offer }) => ({ ...offer, input: `${offer.input.split('#')[0]}#65536` }),
      },
      'its address is of another network': offering({ address: SPONSOR.address(1) }),
      'its address is a script’s': offering({ address: SCRIPT_ADDRESS }),
      'its address is none': offering({ address: 'addr_test1nothing' }),
      'its lovelace is a number': offering({ lovelace: Number(OFFERED_LOVELACE) }),
      'its lovelace has a zero in front': offering({ lovelace: `0${OFFERED_LOVELACE}` }),
      'its maxFee is 0': offering({ maxFee: '0' }),
      'its maxFee is all that there is': offering({ maxFee: `${OFFERED_LOVELACE}` }),
      'its expiresAt is missing': offering({ expiresAt: undefined }),
      'its expiresAt is beyond all dates': offering({ expiresAt: '9'.repeat(30) }),
      'areFeesSponsored says no': { extra: { areFeesSponsored: false } },
      'areFeesSponsored is missing': { extra: { areFeesSponsored: undefined } },
      'the price is in ada': { requirements: { asset: 'lovelace', amount: '1000000' } },
      'a script is paid': {
        requirements: { payTo: SCRIPT_ADDRESS },
        extra: { assetTransferMethod: 'script', scriptHash: Buffer.from(SCRIPT.hash).toString('hex') },
      },
    },
  ),
  ...cases(
    { rule: rules.witness, expect: 'verified' },
    {
      'the witness is there': giving(sponsorWitnesses),
      'its set has the tag of sets': giving(({ id }) => setOf([signatureOf(id)], { tagged: true })),
      'it is written without lengths': giving(({ id }) =>
        setOf([signatureOf(id)], { length: 'indefinite', tagged: true }),
      ),
      'its hex is in upper case': giving((built) => sponsorWitnesses(built).toUpperCase()),
      'the payer’s witness set has other forms than it': {
        ...giving(sponsorWitnesses),
        ...bend(() => ({ encoding: { length: 'indefinite', sets: 'untagged', heads: 8 } })),
        ...offering({ maxFee: '400000' }),
      },
    },
  ),
  ...cases(
    { rule: rules.witness, expect: INVALID, because: 'sponsorWitnesses' },
    {
      'it is a number': giving(() => 7),
      'it is a list': giving((built) => [sponsorWitnesses(built)]),
      'it is empty': giving(() => ''),
      'it is not hex': giving(() => 'zz'.repeat(104)),
      'it is half a byte short': giving((built) => sponsorWitnesses(built).slice(1)),
      'it is 64 kB long': giving(() => 'a1'.repeat(65_536)),
      'it is no CBOR': giving(() => 'ff'.repeat(104)),
      'it has a byte too many': giving((built) => `${sponsorWitnesses(built)}00`),
      'it holds nothing': giving(() => 'a0'),
      'its list is empty': giving(() => 'a10080'),
      'it is a list of witnesses': giving((built) => sponsorWitnesses(built).slice(4)),
      'it holds two signatures': giving(({ id }) => setOf([signatureOf(id), signatureOf(id, STRANGER)])),
      'it holds the same signature twice': giving(({ id }) => setOf([signatureOf(id), signatureOf(id)])),
      'it holds the payer’s signature as well': giving(({ id }) =>
        setOf([signatureOf(id), signatureOf(id, PAYER)]),
      ),
      'it has the field twice': giving(({ id }) => {
        const list = cbor.array([
          cbor.array([cbor.bytes(SPONSOR.publicKey), cbor.bytes(SPONSOR.sign(cbor.hex(id)))]),
        ]);
        return setOf([signatureOf(id)], { more: [[cbor.int(0), list]] });
      }),
      'it carries a script': giving(({ id }) =>
        setOf([signatureOf(id)], { more: [[cbor.int(1), cbor.array([SCRIPT.bytes])]] }),
      ),
      'it carries a datum': giving(({ id }) =>
        setOf([signatureOf(id)], { more: [[cbor.int(4), cbor.array([cbor.int(1)])]] }),
      ),
      'it has a field that no witness set has': giving(({ id }) =>
        setOf([signatureOf(id)], { more: [[cbor.int(9), cbor.int(1)]] }),
      ),
      'its key is short': giving(({ id }) =>
        setOf([{ ...signatureOf(id), publicKey: SPONSOR.publicKey.slice(1) }]),
      ),
      'its signature is long': giving(({ id }) =>
        setOf([{ ...signatureOf(id), signature: cbor.concat(SPONSOR.sign(cbor.hex(id)), Uint8Array.of(0)) }]),
      ),
      'it is by a stranger': giving(({ id }) => setOf([signatureOf(id, STRANGER)])),
      'it is by the payer': giving(({ id }) => setOf([signatureOf(id, PAYER)])),
      'it is by the key that is paid': giving(({ id }) => setOf([signatureOf(id, MERCHANT)])),
      'nothing is offered': { ...giving(sponsorWitnesses), offer: () => undefined },
    },
  ),
  ...cases(
    { rule: rules.merged, expect: INVALID, because: 'expected none' },
    {
      'the payment leaves the offer alone': {
        ...giving(sponsorWitnesses),
        transaction: async (draft) => {
          const own = await draft.world.fund(PAYER, { lovelace: OFFERED_LOVELACE });
          return { ...draft.spec, inputs: [draft.source.outRef, own.outRef] };
        },
      },
      'the transaction has it already': {
        ...giving(sponsorWitnesses),
        ...bend(() => ({ signers: [PAYER, SPONSOR] })),
      },
    },
  ),
  ...cases(
    { rule: rules.merged, expect: 'verified' },
    { 'the transaction has it already, and nothing is added': bend(() => ({ signers: [PAYER, SPONSOR] })) },
  ),
  ...cases(
    { rule: rules.merged, expect: `${P}_invalid_signature`, because: SPONSOR.keyHash },
    {
      'it is over another transaction': giving(() => sponsorWitnesses({ id: txHash('another') })),
      'one bit of it is flipped': giving(({ id }) => {
        const { publicKey, signature } = signatureOf(id);
        return setOf([{ publicKey, signature: signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) }]);
      }),
      'its scalar is beyond the group’s order': giving(({ id }) => {
        const { publicKey, signature } = signatureOf(id);
        return setOf([{ publicKey, signature: plusOrder(signature) }]);
      }),
    },
  ),
  ...cases(
    { rule: rules.plain, expect: REFUSED, because: 'plain payment' },
    {
      'the seller’s key is a required signer': body({
        14: cbor.set([cbor.bytes(cbor.hex(SPONSOR.keyHash))]),
      }),
      'the offered output is collateral': {
        transaction: ({ spec, lent }) => ({ ...spec, body: { 13: cbor.set([outRefCbor(lent.outRef)]) } }),
      },
      'a collateral is named': body({ 17: cbor.int(1) }),
      'it has a reference input': {
        transaction: async ({ spec, world }) => {
          const other = await world.fund(STRANGER, { lovelace: OFFERED_LOVELACE });
          return { ...spec, body: { 18: cbor.set([outRefCbor(other.outRef)]) } };
        },
      },
      'it carries a script that the seller’s signature would satisfy': bend(() => ({
        witnesses: { 1: cbor.set([SCRIPT.bytes]) },
      })),
      'it carries metadata': bend(() => ({ auxiliaryData: cbor.map([[cbor.int(674), cbor.text('paid')]]) })),
    },
  ),
  ...cases(
    { rule: rules.plain, expect: REFUSED, because: 'nonce' },
    { 'the nonce is the offered output': { nonce: ({ lent }) => outRefKey(lent.outRef) } },
  ),
  ...cases(
    { rule: rules.plain, expect: REFUSED, because: 'one sponsor' },
    {
      'the payment names a reservation of the facilitator, too': {
        extensions: { cardanoFeeSponsorship: { info: { id: SPONSORSHIP_ID } } },
      },
    },
  ),
  ...cases(
    { rule: rules.feeAndEnd, expect: 'verified' },
    { 'the fee is all that may be paid': fee(() => OFFERED_MAX_FEE) },
  ),
  ...cases(
    { rule: rules.feeAndEnd, expect: REFUSED },
    {
      'the fee is one lovelace more than may be paid': fee(() => OFFERED_MAX_FEE + 1n),
      'the ttl is a second after the offer’s end': {
        offer: ({ offer }) => ({ ...offer, expiresAt: `${Number(offer.expiresAt) - 1000}` }),
      },
      'the offer has ended': { offer: ({ offer, world }) => ({ ...offer, expiresAt: `${world.nowMs - 1}` }) },
    },
  ),
  ...cases(
    { rule: rules.returned, expect: 'verified' },
    {
      'it goes there in two outputs': {
        lent: { funds: { lovelace: OFFERED_LOVELACE + 1_000_000n } },
        ...offering({ lovelace: `${OFFERED_LOVELACE + 1_000_000n}` }),
        ...bend(({ spec }) => ({
          outputs: [...spec.outputs, { address: MERCHANT.addressBytes(0), lovelace: 1_000_000n }],
        })),
      },
    },
  ),
  ...cases(
    { rule: rules.returned, expect: REFUSED, because: 'to payTo' },
    {
      'the payer takes one lovelace': bend(() => {
        const [payment, own] = offeredOutputs({ networkId: 0 });
        return {
          outputs: [
            { ...payment, lovelace: payment.lovelace - 1n },
            { ...own, lovelace: own.lovelace + 1n },
          ],
        };
      }),
      'a stranger takes the rest of it': bend(() => {
        const [payment, own] = offeredOutputs({ networkId: 0 });
        return {
          outputs: [
            own,
            { ...payment, lovelace: 0n },
            { address: STRANGER.addressBytes(0), lovelace: payment.lovelace },
          ],
        };
      }),
      'it goes back to the sponsor’s own address': bend(() => {
        const [payment, own] = offeredOutputs({ networkId: 0 });
        return {
          outputs: [
            own,
            { ...payment, lovelace: payment.lovelace - 100_000n },
            { address: SPONSOR.addressBytes(0), lovelace: 100_000n },
          ],
        };
      }),
    },
  ),
  ...cases(
    { rule: rules.room, expect: 'verified' },
    { 'the fee is the least for the size with it': fee((draft) => leastFee(draft, { withSellers: true })) },
  ),
  ...cases(
    { rule: rules.room, expect: `${P}_fee_below_minimum` },
    {
      'the fee is one lovelace short of the size with it': fee(
        (draft) => leastFee(draft, { withSellers: true }) - 1n,
      ),
      'the fee suffices for the size without it alone': fee((draft) =>
        leastFee(draft, { withSellers: false }),
      ),
      'the fee is short of the size with it, and it is there': {
        ...fee((draft) => leastFee(draft, { withSellers: true }) - 1n),
        ...giving(sponsorWitnesses),
      },
    },
  ),
  ...cases(
    { rule: rules.room, expect: `${P}_phase1_invalid`, because: 'bytes' },
    {
      'it fits without it alone': large,
      'it fits without it alone, and it is there': { ...large, ...giving(sponsorWitnesses) },
    },
  ),
  ...cases(
    { rule: rules.offeredOutput, expect: REFUSED, because: 'feeSponsor' },
    {
      'it holds more than is offered': {
        lent: { funds: { lovelace: OFFERED_LOVELACE + 500_000n } },
        ...bend(() => ({
          outputs: offeredOutputs({ networkId: 0 }, OFFERED_LOVELACE + 500_000n - OFFERED_FEE),
        })),
      },
      'it holds tokens': {
        lent: { funds: { assets: [[TOKEN, 5n]] } },
        ...bend(() => {
          const [payment, own] = offeredOutputs({ networkId: 0 });
          const [[policy, name, quantity] = ['', '', 0n]] = payment.assets ?? [];
          return { outputs: [{ ...payment, assets: [[policy, name, quantity + 5n]] }, own] };
        }),
      },
      'it is the payer’s, and offered as the seller’s': { lent: { owner: PAYER } },
      'it is a stranger’s': { lent: { owner: STRANGER } },
      'it is behind the seller’s key with a stranger’s stake': { lent: { owner: SPONSOR_WITH_STAKE } },
    },
  ),
  ...cases(
    { rule: rules.otherInputs, expect: REFUSED, because: 'to be behind a key of the payer' },
    {
      'a second output of the seller is sneaked in': withInput(SPONSOR.address(0)),
      'an output of the seller’s key with a stranger’s stake is sneaked in': withInput(SPONSOR_WITH_STAKE),
      'an output of a script that wants the seller’s signature is sneaked in': withInput(SCRIPT_ADDRESS),
      'the offered output is the payer’s own, and said to be': {
        lent: { owner: PAYER },
        ...offering({ address: PAYER.address(0) }),
      },
    },
  ),
  ...cases(
    { rule: rules.otherInputs, expect: `${P}_phase1_invalid`, because: 'MissingVKeyWitnesses' },
    {
      'an output of a stranger is sneaked in, who has not signed': withInput(STRANGER.address(0)),
      'the seller has signed, and the payer has not': {
        ...bend(() => ({ signers: [] })),
        ...giving(sponsorWitnesses),
      },
    },
  ),
];

/** The same signature to a lenient judge: the order of the group added to its scalar. */
function plusOrder(signature: Uint8Array): Uint8Array {
  const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
  const little = Buffer.from(signature.slice(32)).reverse().toString('hex');
  const sum = (BigInt(`0x${little}`) + ORDER).toString(16).padStart(64, '0');
  return cbor.concat(signature.slice(0, 32), new Uint8Array(Buffer.from(sum, 'hex').reverse()));
}
