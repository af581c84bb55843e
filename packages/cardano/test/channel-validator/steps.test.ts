import {
  type AssetId,
  type ChainOutput,
  LOVELACE,
  nativeAssetId,
  slot,
  slotStartMs,
  toHex,
} from '@x402-facilitator/cardano';
import { describe, expect, test } from 'vitest';
import * as cbor from '../support/cbor-writer.js';
import { NOW_SLOT } from '../support/channels/draft.js';
import { BESIDE, HELD, openChannel, PROMISED, SUBBED, tagOf } from '../support/channels/drafts.js';
import { channelOutput, constantsOf, datumOf, SCRIPT_HASH, signIou } from '../support/channels/outputs.js';
import { CHANNEL_TOKEN, CONSUMER, PROVIDER } from '../support/channels/parties.js';
import { ledgerSays, type StepSpec } from '../support/channels/steps.js';
import {
  type ChannelConstants,
  type ChannelRedeemer,
  type PlutusData,
  redeemerData,
  type Stage,
  type Step,
} from '../support/internals.js';
import { PREVIEW } from '../support/network.js';
import { ALWAYS_SUCCEEDS } from '../support/plutus.js';
import { addressBytes, addressText, walletOf } from '../support/wallet.js';
import { CHANNEL_VALIDATOR } from './validator.js';

const STRANGER = walletOf('stranger');
const CLOSE_PERIOD_SLOTS = 900;
/** Far enough for a close now, and past in `LATER`. */
const ELAPSE_SLOT = NOW_SLOT + 300 + CLOSE_PERIOD_SLOTS;
const ELAPSE_AT = BigInt(slotStartMs(PREVIEW.timeline, slot(ELAPSE_SLOT)));
const LATER = ELAPSE_SLOT + 100;
const CLOSED: Stage = { kind: 'closed', subbed: SUBBED, elapseAtMs: ELAPSE_AT };
const SETTLED: Stage = { kind: 'settled' };
const TAKEN = PROMISED - SUBBED;

const opened = (subbed: bigint): Stage => ({ kind: 'opened', subbed });
const main = (...steps: readonly Step[]): PlutusData => redeemerData({ kind: 'main', steps });
const by = (kind: Exclude<ChannelRedeemer['kind'], 'main'>): PlutusData => redeemerData({ kind });

describe.each([LOVELACE, CHANNEL_TOKEN])('the validator of channels, in %s', (currency) => {
  const at = (stage: Stage, held = HELD, name = 'channel', constants: Partial<ChannelConstants> = {}) => {
    const usual = openChannel(currency, { name, stage, held });
    if (Object.keys(constants).length === 0) return usual;
    return channelOutput(name, datumOf(constantsOf({ currency, ...constants }), stage), held, {
      beside: BESIDE,
    });
  };
  const iou = (owed: bigint, tag = constantsOf().tag) => ({ owed, signature: signIou(tag, owed) });
  const junk: readonly [AssetId, bigint] = [nativeAssetId(SCRIPT_HASH, '01'), 1n];

  const add: StepSpec = {
    channels: [{ output: at(opened(SUBBED)), redeemer: main({ kind: 'add' }) }],
    leaves: [at(opened(SUBBED), HELD + 1n)],
    signers: [CONSUMER],
  };
  const sub: StepSpec = {
    channels: [{ output: at(opened(SUBBED)), redeemer: main({ kind: 'sub', ...iou(PROMISED) }) }],
    leaves: [at(opened(PROMISED), HELD - TAKEN)],
    signers: [PROVIDER],
  };
  const close: StepSpec = {
    channels: [{ output: at(opened(SUBBED)), redeemer: main({ kind: 'close' }) }],
    leaves: [at(CLOSED)],
    signers: [CONSUMER],
    ttl: NOW_SLOT + 300,
  };
  const settle: StepSpec = {
    channels: [{ output: at(CLOSED), redeemer: main({ kind: 'settle', ...iou(PROMISED) }) }],
    leaves: [at(SETTLED, HELD - TAKEN)],
    signers: [PROVIDER],
  };
  const end: StepSpec = {
    channels: [{ output: at(SETTLED), redeemer: main({ kind: 'end' }) }],
    leaves: [],
    signers: [CONSUMER],
  };
  const elapse: StepSpec = {
    channels: [{ output: at(CLOSED), redeemer: main({ kind: 'elapse' }) }],
    leaves: [],
    signers: [CONSUMER],
    validityStart: ELAPSE_SLOT,
    at: LATER,
  };
  const mutual: StepSpec = {
    channels: [{ output: at(opened(SUBBED)), redeemer: by('mutual') }],
    leaves: [],
    signers: [CONSUMER, PROVIDER],
  };
  /** Two channels of one provider, in the ledger's order. */
  const names = (['channel', 'channel 1'] as const).toSorted((a, b) =>
    openChannel(currency, { name: a }).outRef.txHash < openChannel(currency, { name: b }).outRef.txHash
      ? -1
      : 1,
  );
  const both: StepSpec = {
    channels: names.map((name, place) => ({
      output: at(opened(SUBBED), HELD, name),
      redeemer:
        place === 0
          ? main(...names.map((each): Step => ({ kind: 'sub', ...iou(PROMISED, tagOf(each)) })))
          : by('defer'),
    })),
    leaves: names.map((name) => at(opened(PROMISED), HELD - TAKEN, name)),
    signers: [PROVIDER],
  };
  const steps = { add, sub, close, settle, end, elapse, mutual, both };

  test.each(Object.entries(steps))('%s is accepted, at both protocol versions', (_, spec) => {
    expect(ledgerSays(spec, 10)).toBe('accepted');
    expect(ledgerSays(spec, 11)).toBe('accepted');
  });

  const refused = (situations: Readonly<Record<string, StepSpec>>) =>
    test.each(Object.entries(situations))('it refuses: %s', (_, spec) => {
      expect(ledgerSays(spec)).toMatch(/^ScriptFailed/);
    });

  /** The first output that it leaves, changed. */
  const leaving = (spec: StepSpec, changes: Partial<ChainOutput>): StepSpec => ({
    ...spec,
    leaves: spec.leaves.map((output, place) => (place === 0 ? { ...output, ...changes } : output)),
  });
  const spending = (spec: StepSpec, output: ChainOutput): StepSpec => ({
    ...spec,
    channels: spec.channels.map((channel, place) => (place === 0 ? { ...channel, output } : channel)),
  });
  const redeeming = (spec: StepSpec, ...redeemers: readonly PlutusData[]): StepSpec => ({
    ...spec,
    channels: spec.channels.map((channel, place) => ({
      ...channel,
      redeemer: redeemers[place] ?? channel.redeemer,
    })),
  });
  const staked = addressText(addressBytes(0x10, cbor.hex(SCRIPT_HASH), cbor.hex(CONSUMER.keyHash)));

  describe.each([
    ['add', add],
    ['sub', sub],
    ['close', close],
    ['settle', settle],
  ] as const)('what continues after %s', (_, spec) => {
    const [left] = spec.leaves;
    if (left === undefined) throw new Error('a step leaves an output');
    const constants = (changes: Partial<ChannelConstants>): Partial<ChainOutput> => ({
      inlineDatum: at(stageOf(spec), HELD, 'channel', changes).inlineDatum ?? '',
    });
    refused({
      'nothing is left': { ...spec, leaves: [] },
      'it goes to another address of the validator': leaving(spec, { address: staked }),
      'it goes to a wallet': leaving(spec, { address: CONSUMER.address(0) }),
      'its datum is a hash': leaving(spec, { inlineDatum: '182a' }),
      'the tag changes': leaving(spec, constants({ tag: 'cd'.repeat(32) })),
      'the IOU key changes': leaving(spec, constants({ iouKey: 'cd'.repeat(32) })),
      'the consumer changes': leaving(spec, constants({ consumer: STRANGER.keyHash })),
      'the provider changes': leaving(spec, constants({ provider: STRANGER.keyHash })),
      'the close period changes': leaving(spec, constants({ closePeriodMs: 1n })),
      'ownHash changes': leaving(spec, {
        inlineDatum: (left.inlineDatum ?? '').replace(SCRIPT_HASH, 'ab'.repeat(28)),
      }),
      'another asset comes along': {
        ...leaving(spec, { assets: new Map([...left.assets, junk]) }),
        channels: spec.channels.map((channel) => ({
          ...channel,
          output: { ...channel.output, assets: new Map([...channel.output.assets, junk]) },
        })),
      },
      'nobody who must is listed': { ...spec, listed: [STRANGER], signers: [...spec.signers, STRANGER] },
      'the other party signs': {
        ...spec,
        signers: spec.signers[0] === CONSUMER ? [PROVIDER] : [CONSUMER],
      },
      'there is one step too many': redeeming(spec, main(stepOf(spec), stepOf(spec))),
      'there is no step': redeeming(spec, main()),
    });
  });

  function stageOf(spec: StepSpec): Stage {
    if (spec === add) return opened(SUBBED);
    if (spec === sub) return opened(PROMISED);
    return spec === close ? CLOSED : SETTLED;
  }

  function stepOf(spec: StepSpec): Step {
    if (spec === add) return { kind: 'add' };
    if (spec === close) return { kind: 'close' };
    return { kind: spec === sub ? 'sub' : 'settle', ...iou(PROMISED) };
  }

  describe('add', () => {
    refused({
      'nothing is added': { ...add, leaves: [at(opened(SUBBED))] },
      'something is taken': { ...add, leaves: [at(opened(SUBBED), HELD - 1n)] },
      'what was redeemed is forgotten': { ...add, leaves: [at(opened(0n), HELD + 1n)] },
      'it closes the channel': { ...add, leaves: [at(CLOSED, HELD + 1n)] },
      'the channel is closed': { ...spending(add, at(CLOSED)), leaves: [at(CLOSED, HELD + 1n)] },
      'the channel is settled': { ...spending(add, at(SETTLED)), leaves: [at(SETTLED, HELD + 1n)] },
    });
  });

  describe('sub', () => {
    const withIou = (owed: bigint, signature: string) =>
      redeeming(sub, main({ kind: 'sub', owed, signature }));
    refused({
      'more is taken than is counted': { ...sub, leaves: [at(opened(PROMISED), HELD - TAKEN - 1n)] },
      'less is taken than is counted': { ...sub, leaves: [at(opened(PROMISED), HELD - TAKEN + 1n)] },
      'more is taken than was promised': { ...sub, leaves: [at(opened(PROMISED + 1n), HELD - TAKEN - 1n)] },
      'what was redeemed shrinks': { ...sub, leaves: [at(opened(SUBBED - 1n), HELD + 1n)] },
      'the IOU is signed by another key': withIou(PROMISED, signIou(constantsOf().tag, PROMISED, STRANGER)),
      'the IOU is of another amount': withIou(PROMISED + 1n, signIou(constantsOf().tag, PROMISED)),
      'the IOU is of another channel': withIou(PROMISED, signIou('cd'.repeat(32), PROMISED)),
      'the channel is closed': { ...spending(sub, at(CLOSED)), leaves: [at(CLOSED, HELD - TAKEN)] },
      'it settles the channel': { ...sub, leaves: [at(SETTLED, HELD - TAKEN)] },
    });
    test('it may take less than the IOU', () => {
      expect(ledgerSays({ ...sub, leaves: [at(opened(PROMISED - 5n), HELD - TAKEN + 5n)] })).toBe('accepted');
    });
  });

  describe('close', () => {
    const later = (ms: bigint): Stage => ({ ...CLOSED, elapseAtMs: ELAPSE_AT + ms });
    refused({
      'it has no end': { ...close, ttl: undefined },
      'the period is a millisecond short': { ...close, leaves: [at(later(-1n))] },
      'it is valid for a slot too long': { ...close, ttl: NOW_SLOT + 301 },
      'what was redeemed changes': { ...close, leaves: [at({ ...CLOSED, subbed: SUBBED + 1n })] },
      'something is taken': { ...close, leaves: [at(CLOSED, HELD - 1n)] },
      'it stays open': { ...close, leaves: [at(opened(SUBBED))] },
      'it is settled at once': { ...close, leaves: [at(SETTLED)] },
      'the channel is closed already': { ...spending(close, at(CLOSED)), leaves: [at(later(1n))] },
    });
    test('it may wait longer, and add something', () => {
      expect(ledgerSays({ ...close, leaves: [at(later(1n), HELD + 1n)] })).toBe('accepted');
    });
  });

  describe('settle', () => {
    refused({
      'more is taken than was promised': { ...settle, leaves: [at(SETTLED, HELD - TAKEN - 1n)] },
      'the channel stays closed': { ...settle, leaves: [at(CLOSED, HELD - TAKEN)] },
      'the channel opens again': { ...settle, leaves: [at(opened(PROMISED), HELD - TAKEN)] },
      'the channel is open': spending(settle, at(opened(SUBBED))),
      'the channel is settled already': spending(settle, at(SETTLED)),
      'the IOU is signed by another key': redeeming(
        settle,
        main({ kind: 'settle', owed: PROMISED, signature: signIou(constantsOf().tag, PROMISED, STRANGER) }),
      ),
    });
    test('it may take nothing', () => {
      expect(ledgerSays({ ...settle, leaves: [at(SETTLED)] })).toBe('accepted');
    });
  });

  describe('end and elapse', () => {
    refused({
      'end: the channel is open': spending(end, at(opened(SUBBED))),
      'end: the channel is closed, not settled': spending(end, at(CLOSED)),
      'end: the provider signs': { ...end, signers: [PROVIDER] },
      'elapse: it has no beginning': { ...elapse, validityStart: undefined },
      'elapse: it is a slot too early': { ...elapse, validityStart: ELAPSE_SLOT - 1 },
      'elapse: the channel is open': spending(elapse, at(opened(SUBBED))),
      'elapse: the channel is settled': spending(elapse, at(SETTLED)),
      'elapse: the provider signs': { ...elapse, signers: [PROVIDER] },
    });
  });

  describe('mutual', () => {
    refused({
      'the provider does not agree': { ...mutual, signers: [CONSUMER] },
      'the consumer does not agree': { ...mutual, signers: [PROVIDER] },
      'another channel is spent too': {
        ...redeeming(both, by('mutual'), by('defer')),
        leaves: [],
        signers: [CONSUMER, PROVIDER],
      },
      'two channels agree to each other': {
        ...redeeming(both, by('mutual'), by('mutual')),
        leaves: [],
        signers: [CONSUMER, PROVIDER],
      },
    });
  });

  describe('many at once', () => {
    const [one, two] = names;
    refused({
      'all defer': redeeming(both, by('defer')),
      'a channel defers to nobody': redeeming(sub, by('defer')),
      'a channel has no step': redeeming(both, main({ kind: 'sub', ...iou(PROMISED, tagOf(one ?? '')) })),
      'the steps are in another order': redeeming(
        both,
        main(...[two, one].map((name): Step => ({ kind: 'sub', ...iou(PROMISED, tagOf(name ?? '')) }))),
      ),
      'the outputs are in another order': { ...both, leaves: both.leaves.toReversed() },
      'one output stands for two channels': { ...both, leaves: both.leaves.slice(0, 1) },
      'the second channel agrees instead': redeeming(
        both,
        main({ kind: 'sub', ...iou(PROMISED, tagOf(one ?? '')) }),
        by('mutual'),
      ),
      'a redeemer of no kind': redeeming(sub, { kind: 'constructor', index: 3n, fields: [] }),
      'a step of no kind': redeeming(sub, {
        kind: 'constructor',
        index: 1n,
        fields: [{ kind: 'list', items: [{ kind: 'constructor', index: 2n, fields: [] }] }],
      }),
    });

    test('it refuses a channel that answers for others under a forged hash of its own', () => {
      const forged = (name: string): ChainOutput => {
        const output = at(opened(SUBBED), HELD, name);
        return { ...output, inlineDatum: (output.inlineDatum ?? '').replace(SCRIPT_HASH, 'ab'.repeat(28)) };
      };
      const theft: StepSpec = {
        channels: [
          { output: forged(names[0] ?? ''), redeemer: main() },
          { output: at(opened(SUBBED), HELD, names[1]), redeemer: by('defer') },
        ],
        leaves: [],
        signers: [STRANGER],
      };
      expect(ledgerSays(theft)).toMatch(/^ScriptFailed/);
    });
  });

  test('no script may ride on what continues', () => {
    const bytes = toHex(ALWAYS_SUCCEEDS.bytes);
    const reference = { hash: toHex(ALWAYS_SUCCEEDS.hash), language: 'plutusV3', bytes } as const;
    expect(ledgerSays(leaving(add, { referenceScript: reference }))).toMatch(/^ScriptFailed/);
  });
});

test('the validator is small', () => {
  expect(CHANNEL_VALIDATOR.bytes.length).toBeLessThan(2_000);
});
