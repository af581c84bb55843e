import {
  type AssetId,
  assembleWitness,
  type ChainOutput,
  judgePhase1,
  LOVELACE,
  minimumFee,
  outRefKey,
  type Slot,
  slot,
  slotAt,
} from '@x402-facilitator/cardano';
import {
  capacityOf,
  channelIdOf,
  readChannel,
  reserveOf,
  type Stage,
} from '@x402-facilitator/cardano/channels';
import { describe, expect, test } from 'vitest';
import {
  type BuildFailure,
  buildClaim,
  buildClose,
  buildElapse,
  buildEnd,
  buildOpening,
  buildRefund,
  buildTopUp,
  type ChannelTransaction,
  type ScriptContext,
  type ValidatorSource,
  validatorOf,
} from '../../../src/schemes/batch-settlement/transactions/index.js';
import { CHANNEL_VALIDATOR } from '../../channel-validator/validator.js';
import { NOW_SLOT, walletOutput } from '../../support/channels/draft.js';
import {
  claim as claimDraft,
  claimLines,
  HELD,
  OPENED,
  openChannel,
  PROMISED,
  SUBBED,
  tagOf,
} from '../../support/channels/drafts.js';
import { constantsOf, SCRIPT_HASH, signIou } from '../../support/channels/outputs.js';
import { CHANNEL_TOKEN, CONSUMER, PROVIDER, SELLER_ADDRESS } from '../../support/channels/parties.js';
import { verifyChannel } from '../../support/channels/verify.js';
import { judgePhase2, phase2Question } from '../../support/internals.js';
import { PREVIEW } from '../../support/network.js';
import { faultOf, transactionOf, unwrap } from '../../support/unwrap.js';
import type { Wallet } from '../../support/wallet.js';

const PAYEE = SELLER_ADDRESS.address(0);
const LATER = slot(NOW_SLOT + 10_000);
const ELAPSE_AT_MS = BigInt(PREVIEW.timeline.systemStartMs) + BigInt(LATER - 100) * 1000n - 1n;
const CLOSED: Stage = { kind: 'closed', subbed: SUBBED, elapseAtMs: ELAPSE_AT_MS };

const WITNESS: ValidatorSource = { kind: 'witness', script: validatorOf(CHANNEL_VALIDATOR.bytes) };
const REFERENCE: ValidatorSource = {
  kind: 'reference',
  output: {
    ...walletOutput('validator', SELLER_ADDRESS, 30_000_000n),
    referenceScript: CHANNEL_VALIDATOR.reference,
  },
};

function contextOf(owner: Wallet, changes: Partial<ScriptContext> = {}): ScriptContext {
  return {
    network: 'cardano:preview',
    facts: PREVIEW,
    funding: [walletOutput('funds', owner, 50_000_000n)],
    collateral: [walletOutput('collateral', owner, 5_000_000n)],
    changeAddress: owner.address(0),
    validator: REFERENCE,
    ...changes,
  };
}

/** Signs with these keys and asks the complete ledger check: `accepted`, or the predicate that fails. */
function ledgerSays(
  built: ChannelTransaction,
  known: readonly ChainOutput[],
  signers: readonly Wallet[],
  at: Slot = slot(NOW_SLOT),
): string {
  const message = Buffer.from(built.id, 'hex');
  const signed = signers.reduce(
    (bytes, key) => assembleWitness(bytes, key.publicKey, key.sign(message)),
    built.bytes,
  );
  const transaction = transactionOf(signed);
  const outputs = new Map(known.map((output) => [outRefKey(output.outRef), output]));
  const { parameters, timeline } = PREVIEW;
  expect(built.requiredKeyHashes).toEqual(signers.map(({ keyHash }) => keyHash).toSorted());
  // Not a lovelace more than the least, but what a shorter encoding of the fee itself would save.
  expect(transaction.fee - minimumFee({ transaction, parameters, outputs })).toBeLessThan(400n);
  const [failure] = judgePhase1({ transaction, parameters, slot: at, network: 'cardano:preview', outputs });
  if (failure !== undefined) return `${failure.rule}: ${failure.message}`;
  const outcome = judgePhase2(phase2Question({ transaction, parameters, timeline, outputs }));
  return outcome.kind === 'satisfied' ? 'accepted' : `${outcome.rule}: ${outcome.message}`;
}

const named = ({ funding, collateral, validator }: ScriptContext, ...others: readonly ChainOutput[]) => [
  ...funding,
  ...collateral,
  ...(validator.kind === 'reference' ? [validator.output] : []),
  ...others,
];
const channelAfter = ({ channels: [only] }: ChannelTransaction) => {
  if (only === undefined) throw new Error('expected a channel, found none');
  return unwrap(readChannel(only.output, SCRIPT_HASH));
};
const at = (currency: AssetId, stage: Stage) => openChannel(currency, { stage });
const lineOf = (channel: ChainOutput, name: string, total = PROMISED, promised = PROMISED) => ({
  channel,
  iou: { amount: promised, signature: signIou(tagOf(name), promised) },
  total,
});
const linesOf = (currency: AssetId, count: number, closed = 0) =>
  claimLines(currency, count, closed).map(({ channel, tag }) => ({
    channel,
    iou: { amount: PROMISED, signature: signIou(tag, PROMISED) },
    total: PROMISED,
  }));

describe.each([LOVELACE, CHANNEL_TOKEN])('transactions of channels, in %s', (currency) => {
  const isAda = currency === LOVELACE;
  const rich = walletOutput('rich', CONSUMER, 50_000_000n, isAda ? undefined : [CHANNEL_TOKEN, 60_000_000n]);

  test('opens', () => {
    const { currency: _, tag: __, ...terms } = { ...constantsOf({ currency }) };
    const context = contextOf(CONSUMER, { funding: [rich] });
    const built = unwrap(
      buildOpening({
        ...context,
        scriptHash: SCRIPT_HASH,
        idInput: rich.outRef,
        terms: { ...terms, currency },
        amount: HELD,
      }),
    );
    expect(ledgerSays(built, named(context), [CONSUMER])).toBe('accepted');
    const made = channelAfter(built);
    expect(made.datum.constants.tag).toBe(channelIdOf(rich.outRef));
    expect(made.held).toBe(HELD);
    expect(made.lovelace).toBe(isAda ? HELD : reserveOf(made, PREVIEW.parameters));
    expect(built.executionUnits).toEqual({ memory: 0n, steps: 0n });
  });

  test.each([WITNESS, REFERENCE])('adds, closes, ends and elapses, with the script by $kind', (validator) => {
    const context = contextOf(CONSUMER, { funding: [rich], validator });
    const channel = at(currency, OPENED);
    const topUp = unwrap(buildTopUp({ ...context, channel, amount: 7n }));
    expect(ledgerSays(topUp, named(context, channel), [CONSUMER])).toBe('accepted');
    expect(channelAfter(topUp)).toMatchObject({ held: HELD + 7n, datum: { stage: OPENED } });

    const ttl = slot(NOW_SLOT + 600);
    const close = unwrap(buildClose({ ...context, channel, ttl }));
    expect(ledgerSays(close, named(context, channel), [CONSUMER])).toBe('accepted');
    const elapseAtMs = BigInt(PREVIEW.timeline.systemStartMs) + BigInt(ttl) * 1000n + 900_000n;
    expect(channelAfter(close).datum.stage).toEqual({ kind: 'closed', subbed: SUBBED, elapseAtMs });

    const alone = { ...context, funding: [] };
    const settled = at(currency, { kind: 'settled' });
    const end = unwrap(buildEnd({ ...alone, channel: settled }));
    expect(ledgerSays(end, named(context, settled), [CONSUMER])).toBe('accepted');
    expect(end.channels).toEqual([]);

    const closed = at(currency, CLOSED);
    const elapse = unwrap(buildElapse({ ...alone, channel: closed }));
    expect(ledgerSays(elapse, named(context, closed), [CONSUMER], LATER)).toBe('accepted');
    // The first slot that begins at elapseAt or later, and not the one before.
    expect(slotAt(PREVIEW.timeline, Number(ELAPSE_AT_MS)) + 1).toBe(
      transactionOf(elapse.bytes).validityStart,
    );
    expect(ledgerSays(elapse, named(context, closed), [CONSUMER])).toContain('OutsideValidityIntervalUTxO');
  });

  test.each([0n, PROMISED])('refunds with a share of %s', (share) => {
    const { funding: _, ...context } = contextOf(CONSUMER);
    const channel = at(currency, OPENED);
    const built = unwrap(buildRefund({ ...context, channel, payTo: PAYEE, share }));
    expect(ledgerSays(built, named({ ...context, funding: [] }, channel), [CONSUMER, PROVIDER])).toBe(
      'accepted',
    );
    const paid = built.outputs.find(({ address }) => address === PAYEE);
    const amount = isAda ? paid?.lovelace : paid?.assets.get(currency);
    expect(amount ?? 0n).toBe(share);
    expect(transactionOf(built.bytes).inputs).toHaveLength(1);
  });

  test.each([
    [1, 0],
    [2, 1],
    [10, 3],
    [30, 0],
  ])('claims from %i channels, of which %i are closed', (count, closed) => {
    const context = contextOf(PROVIDER);
    const channels = linesOf(currency, count, closed);
    const built = unwrap(buildClaim({ ...context, channels, payTo: PAYEE, belowMinimum: 'refuse' }));
    const spent = channels.map(({ channel }) => channel);
    expect(ledgerSays(built, named(context, ...spent), [PROVIDER])).toBe('accepted');
    const paid = built.outputs.filter(({ address }) => address === PAYEE);
    const taken = (PROMISED - SUBBED) * BigInt(count);
    expect(paid.map((output) => (isAda ? output.lovelace : output.assets.get(currency)))).toEqual([taken]);
    expect(built.channels).toHaveLength(count);
    const settled = built.channels.filter(
      ({ output }) => unwrap(readChannel(output, SCRIPT_HASH)).datum.stage.kind === 'settled',
    );
    expect(settled).toHaveLength(closed);
  });

  test('a claim passes every rule of the facilitator', () => {
    const context = contextOf(PROVIDER, { validator: WITNESS });
    const draft = claimDraft(currency, 3, 1);
    const channels = linesOf(currency, 3, 1);
    const built = unwrap(buildClaim({ ...context, channels, payTo: PAYEE, belowMinimum: 'refuse' }));
    const signed = assembleWitness(
      built.bytes,
      PROVIDER.publicKey,
      PROVIDER.sign(Buffer.from(built.id, 'hex')),
    );
    const request = {
      paymentPayload: {
        x402Version: 2,
        accepted: { scheme: 'batch-settlement', network: 'cardano:preview' },
        payload: draft.payload(Buffer.from(signed).toString('base64')),
      },
      paymentRequirements: draft.requirements as never,
    };
    const unspent = named(context, ...channels.map(({ channel }) => channel));
    expect(verifyChannel({ ...draft, unspent }, request)).toMatchObject({ ok: true });
  });

  test('folds earlier payouts into the new one', () => {
    const earlier = walletOutput(
      'earlier',
      SELLER_ADDRESS,
      2_000_000n,
      isAda ? undefined : [CHANNEL_TOKEN, 5n],
    );
    const context = contextOf(PROVIDER);
    const channels = linesOf(currency, 2);
    const plan = { ...context, channels, payTo: PAYEE, belowMinimum: 'refuse', fold: [earlier] } as const;
    const built = unwrap(buildClaim(plan));
    const spent = [...channels.map(({ channel }) => channel), earlier];
    expect(ledgerSays(built, named(context, ...spent), [PROVIDER, SELLER_ADDRESS])).toBe('accepted');
    expect(built.outputs.filter(({ address }) => address === PAYEE)).toHaveLength(1);
  });

  test('redeems less than an IOU promises, and everything that a channel can pay', () => {
    const context = contextOf(PROVIDER);
    const channel = at(currency, OPENED);
    const less = { ...lineOf(channel, 'channel', SUBBED + 1_200_000n) };
    const some = unwrap(buildClaim({ ...context, channels: [less], payTo: PAYEE, belowMinimum: 'refuse' }));
    expect(ledgerSays(some, named(context, channel), [PROVIDER])).toBe('accepted');
    expect(channelAfter(some).datum.stage).toEqual({ kind: 'opened', subbed: SUBBED + 1_200_000n });
    const most = capacityOf(unwrap(readChannel(channel, SCRIPT_HASH)), PREVIEW.parameters);
    const all = [lineOf(channel, 'channel', most, most)];
    const last = unwrap(buildClaim({ ...context, channels: all, payTo: PAYEE, belowMinimum: 'refuse' }));
    expect(ledgerSays(last, named(context, channel), [PROVIDER])).toBe('accepted');
  });
});

describe('what cannot be built', () => {
  const channel = at(LOVELACE, OPENED);
  const context = contextOf(PROVIDER);
  const claim = (changes: Partial<Parameters<typeof buildClaim>[0]> = {}) =>
    buildClaim({
      ...context,
      channels: [lineOf(channel, 'channel')],
      payTo: PAYEE,
      belowMinimum: 'refuse',
      ...changes,
    });

  test('a claim below min-UTxO of its payout waits, or is added to', () => {
    const channels = [lineOf(channel, 'channel', SUBBED + 500_000n)];
    expect(faultOf(claim({ channels }))).toMatchObject({
      kind: 'belowMinimum',
      output: 'payout',
      found: 500_000n,
    });
    const built = unwrap(claim({ channels, belowMinimum: 'add' }));
    expect(ledgerSays(built, named(context, channel), [PROVIDER])).toBe('accepted');
  });

  const token = at(CHANNEL_TOKEN, OPENED);
  const foreign = openChannel(LOVELACE, { name: 'foreign', constants: { provider: CONSUMER.keyHash } });
  const [tooMany, own] = [linesOf(LOVELACE, 80), walletOutput('own', PROVIDER, 1_000_000n)];
  const failures: readonly (readonly [string, () => unknown, BuildFailure['kind']])[] = [
    ['too many channels', () => claim({ channels: tooMany }), 'tooLarge'],
    ['an IOU of another channel', () => claim({ channels: [lineOf(channel, 'other')] }), 'channel'],
    ['more than the IOU', () => claim({ channels: [lineOf(channel, 'channel', PROMISED + 1n)] }), 'channel'],
    ['nothing more than before', () => claim({ channels: [lineOf(channel, 'channel', SUBBED)] }), 'channel'],
    [
      'a channel twice',
      () => claim({ channels: [lineOf(channel, 'channel'), lineOf(channel, 'channel')] }),
      'channel',
    ],
    ['no channel', () => claim({ channels: [] }), 'channel'],
    [
      'a settled channel',
      () => claim({ channels: [lineOf(at(LOVELACE, { kind: 'settled' }), 'channel')] }),
      'channel',
    ],
    [
      'another provider’s',
      () => claim({ channels: [lineOf(channel, 'channel'), lineOf(foreign, 'foreign')] }),
      'channel',
    ],
    [
      'a token without ADA for its payout',
      () => claim({ channels: [lineOf(token, 'channel')], funding: [own] }),
      'tooLittle',
    ],
    ['no collateral', () => claim({ collateral: [] }), 'collateral'],
    [
      'four collateral outputs',
      () =>
        claim({ collateral: ['a', 'b', 'c', 'd'].map((name) => walletOutput(name, PROVIDER, 5_000_000n)) }),
      'collateral',
    ],
    [
      'another script',
      () => claim({ validator: { kind: 'witness', script: validatorOf(Uint8Array.of(1)) } }),
      'channel',
    ],
    ['an address of mainnet', () => claim({ payTo: SELLER_ADDRESS.address(1) }), 'input'],
    [
      'funding that a script guards',
      () => claim({ funding: [openChannel(LOVELACE, { name: 'locked', stage: CLOSED })] }),
      'input',
    ],
    [
      'units above the limit',
      () =>
        claim({
          facts: {
            ...PREVIEW,
            parameters: {
              ...PREVIEW.parameters,
              maxTransactionExecutionUnits: { memory: 100_000n, steps: 1_000_000_000n },
            },
          },
        }),
      'tooManyUnits',
    ],
    [
      'more than the channel holds above its reserve',
      () => claim({ channels: [lineOf(channel, 'channel', HELD, HELD)] }),
      'belowMinimum',
    ],
    [
      'a refund’s share that cannot stand alone',
      () => buildRefund({ ...context, channel, payTo: PAYEE, share: 1n }),
      'belowMinimum',
    ],
    ['a top-up of nothing', () => buildTopUp({ ...context, channel, amount: 0n }), 'channel'],
    [
      'an opening below the reserve',
      () =>
        buildOpening({
          ...context,
          scriptHash: SCRIPT_HASH,
          idInput: context.funding[0]?.outRef ?? channel.outRef,
          terms: constantsOf(),
          amount: 1_000_000n,
        }),
      'belowMinimum',
    ],
    [
      'an opening from another input',
      () =>
        buildOpening({
          ...context,
          scriptHash: SCRIPT_HASH,
          idInput: channel.outRef,
          terms: constantsOf(),
          amount: HELD,
        }),
      'input',
    ],
  ];
  test.each(failures)('%s', (_name, build, kind) => {
    expect(build()).toMatchObject({ ok: false, error: { kind } });
  });
});

test('collateral comes back but for what the ledger may take', () => {
  const channel = at(LOVELACE, OPENED);
  const collateral = [walletOutput('collateral', PROVIDER, 5_000_000n, [CHANNEL_TOKEN, 3n])];
  const context = contextOf(PROVIDER, { collateral });
  const plan = {
    ...context,
    channels: [lineOf(channel, 'channel')],
    payTo: PAYEE,
    belowMinimum: 'refuse',
  } as const;
  const built = unwrap(buildClaim(plan));
  expect(ledgerSays(built, named(context, channel), [PROVIDER])).toBe('accepted');
  const { totalCollateral, collateralReturn } = transactionOf(built.bytes);
  expect(totalCollateral).toBe((built.fee * 150n + 99n) / 100n);
  expect(collateralReturn?.assets.get(CHANNEL_TOKEN)).toBe(3n);
});
