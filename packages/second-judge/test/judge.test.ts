import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { slot } from '@x402-facilitator/cardano';
import {
  cbor,
  HOSTILE_SCRIPTS,
  inputOf,
  judgePhase2,
  type LedgerDraft,
  MERCHANT,
  PAYER,
  PHASE_1_CASES,
  PREVIEW,
  phase2Question,
  plainDraft,
  plutusDraft,
  scriptOf,
} from '@x402-facilitator/cardano/testing';
import { evaluateWithin, judge, questionOf } from '@x402-facilitator/second-judge';
import { GAPS, type Question } from '@x402-facilitator/second-judge/testing';
import { describe, expect, test } from 'vitest';
import { assertKnown } from '../src/scalus/parameters.js';

const questionOn = (draft: LedgerDraft): Question => questionOf(inputOf(draft), PREVIEW.timeline);

/** Cases of our phase 1 that it cannot judge, and why. */
const NOT_JUDGED: Readonly<Record<string, string>> = {
  'an input is there twice': 'duplicateElements',
  'it has three parts, at protocol version 12': 'threeParts',
  'two redeemers are for the same, at protocol version 12': 'nextVersion',
  'redeemers are in a list, at protocol version 12': 'nextVersion',
  'a signature is there twice, at protocol version 12': 'nextVersion',
  'a native script is shown twice, at protocol version 12': 'nextVersion',
  'a datum is shown twice, at protocol version 12': 'nextVersion',
  'an output names no assets, at protocol version 12': 'nextVersion',
  'the collateral return names no assets, at protocol version 12': 'nextVersion',
  'the collateral return is at an address with a pointer, at protocol version 12': 'nextVersion',
  'a bootstrap witness is there twice, at protocol version 12': 'bootstrapWitnesses',
  'a bootstrap signature is over other bytes': 'bootstrapWitnesses',
  'the owner of a Byron input did not sign': 'bootstrapWitnesses',
  'the owner of a Byron input signed for other attributes': 'bootstrapWitnesses',
  'the owner of a Byron input signed': 'bootstrapWitnesses',
  'a native script five thousand deep on a referenced output lacks a signature': 'nesting',
  'a native script lies five thousand deep on a referenced output': 'nesting',
  'reference scripts are too large': 'referenceScriptSize',
  'there is no cost model for a language': 'parameters',
  'an input is referenced too beside a Plutus V3 script, at protocol version 11': 'spentAndReferenced',
  'a Plutus script runs in a body of indefinite lengths': 'indefiniteLengths',
};

/** It knows what a donation is; for ours it is enough that it is there. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = { 'it donates': 'ValueNotConservedUTxO' };

describe('it judges the cases of our phase 1 as they say', () => {
  test.each(PHASE_1_CASES)('$situation: $predicates', ({ situation, predicates, bend }) => {
    const verdict = judge(questionOn(bend(plainDraft())));
    const gap = NOT_JUDGED[situation];
    if (gap !== undefined) {
      expect(verdict).toMatchObject({ kind: 'cannotJudge', gap });
    } else if (predicates.length === 0) {
      expect(verdict).toEqual({ kind: 'accepted' });
    } else {
      expect(verdict).toMatchObject({ kind: 'refused', reason: { phase: 1 } });
      const named = verdict.kind === 'refused' ? verdict.reason.rule : '';
      expect(NAMED_OTHERWISE[situation] ?? predicates).toContain(named);
    }
  });

  test('every gap has a name of its own, and says what decides', () => {
    expect(new Set(GAPS.map(({ name }) => name)).size).toBe(GAPS.length);
    expect(Object.values(NOT_JUDGED).filter((gap) => !GAPS.some(({ name }) => name === gap))).toEqual([]);
  });
});

test('a mainnet payment is judged as one', () => {
  const draft = plainDraft();
  const unspent = draft.unspent.map((output) => ({ ...output, address: PAYER.address(1) }));
  const outputs = draft.spec.outputs.map((output, at) =>
    output instanceof Uint8Array
      ? output
      : { ...output, address: [MERCHANT, PAYER][at]?.addressBytes(1) ?? output.address },
  );
  const input = inputOf({ ...draft, unspent, spec: { ...draft.spec, outputs } });
  expect(judge(questionOf({ ...input, network: 'cardano:mainnet' }, PREVIEW.timeline))).toEqual({
    kind: 'accepted',
  });
  expect(judge(questionOf(input, PREVIEW.timeline))).toMatchObject({ reason: { rule: 'WrongNetwork' } });
});

/** Puts another Plutus V3 script in the place of the one that accepts everything. */
function guardedBy(bytes: Uint8Array, budget: readonly [number, number]): LedgerDraft {
  const script = scriptOf('plutusV3', bytes);
  const draft = plutusDraft('plutusV3', { budget, locked: { address: script.address } })(plainDraft());
  const parameters = {
    ...draft.parameters,
    minFeePerByte: 0n,
    minFeeConstant: 0n,
    priceMemory: { numerator: 0n, denominator: 1n },
    priceSteps: { numerator: 0n, denominator: 1n },
  };
  const witnesses = { ...draft.spec.witnesses, 7: cbor.set([cbor.bytes(script.bytes)]) };
  return { ...draft, parameters, spec: { ...draft.spec, witnesses } };
}

test.each(Object.entries(HOSTILE_SCRIPTS))('a script that %s is ended by its budget', (name, { bytes }) => {
  const verdict = judge(questionOn(guardedBy(bytes, [14_000_000, 10_000_000_000])));
  if (name === 'is nested as deep as fits') expect(verdict).toMatchObject({ gap: 'programs' });
  else expect(verdict).toMatchObject({ kind: 'refused', reason: { phase: 2, rule: 'ScriptFailed' } });
});

test('a thread answers as the function does', async () => {
  const questions = [
    plainDraft(),
    plutusDraft('plutusV2')(plainDraft()),
    { ...plainDraft(), slot: slot(2_000_000) },
  ].map(questionOn);
  const thread = createRequire(import.meta.url).resolve('@x402-facilitator/second-judge/judge-thread');
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${JSON.stringify(thread)}).then(({ default: judge }) => parentPort.postMessage(workerData.map(judge)));`;
  const worker = new Worker(source, { eval: true, workerData: questions, execArgv: [] });
  const [verdicts] = await once(worker, 'message');
  await worker.terminate();
  expect(verdicts).toEqual(questions.map(judge));
  expect(verdicts.map(({ kind }: { kind: string }) => kind)).toEqual(['accepted', 'accepted', 'refused']);
});

describe('what scripts spend', () => {
  test('is what ours spend', async () => {
    const draft = plutusDraft('plutusV3')(plainDraft());
    const ours = judgePhase2(phase2Question({ ...inputOf(draft), timeline: PREVIEW.timeline }));
    if (ours.kind !== 'satisfied') throw new Error(ours.message);
    const theirs = await evaluateWithin(questionOn(draft), 30_000);
    expect(theirs.ok ? theirs.value.map(({ memory, steps }) => ({ memory, steps })) : theirs.error).toEqual(
      ours.scripts.map(({ spent }) => spent),
    );
  });

  test('is not known of a script that loops: its thread is ended', async () => {
    const draft = guardedBy(HOSTILE_SCRIPTS['loops for ever'].bytes, [1, 1]);
    const outcome = await evaluateWithin(questionOn(draft), 3_000);
    expect(outcome.ok ? outcome.value : outcome.error).toContain('timed out');
  });
});

test('another version of the library is refused, not misread', () => {
  expect(() => assertKnown({})).toThrow('expected version 0.17.0');
});
