import { decodeTransaction, toHex } from '@x402-facilitator/cardano';
import { Scalus, SlotConfig } from 'scalus';
import { expect, test } from 'vitest';
import type { Term } from '../../support/flat.js';
import {
  encodePlutusData,
  judgePhase2,
  scriptArguments,
  scriptsToRun,
  transactionInfo,
} from '../../support/internals.js';
import { PREVIEW } from '../../support/network.js';
import { call, t } from '../../support/terms.js';
import { unwrap } from '../../support/unwrap.js';
import { VAN_ROSSEM_COST_MODELS } from './support/cost-models.js';
import { scripted } from './support/scripted.js';

const { systemStartMs } = PREVIEW.timeline;
const SLOTS = new SlotConfig(systemStartMs, 0, 1000);
const COST_MODELS = Object.values(VAN_ROSSEM_COST_MODELS).map((model) => [...model]);

/** A script that traces its last argument, bit by bit, and then fails. */
function tells(args: number): Term {
  const [self, at, bytes] = [t.variable(2), t.variable(1), t.variable(3)];
  const byte = call(14, 0, bytes, call(3, 0, at, t.integer(8)));
  // The highest bit first: what is left of the byte, doubled once for each bit before it.
  const shifted = call(
    74,
    0,
    t.boolean(true),
    call(82, 0, call(73, 0, t.boolean(true), t.integer(1), byte), call(6, 0, at, t.integer(8))),
  );
  const bit = call(26, 1, call(8, 0, shifted, t.integer(128)), t.string('0'), t.string('1'));
  const next = t.apply(self, self, call(0, 0, at, t.integer(1)));
  const isLast = call(9, 0, call(2, 0, call(13, 0, bytes), t.integer(8)), at);
  const step = t.force(
    call(26, 1, isLast, t.delay(t.error), t.delay(t.force(call(28, 1, bit, t.delay(next))))),
  );
  const loop = t.lambda(t.lambda(step));
  let term = t.apply(t.lambda(t.apply(loop, loop, t.integer(0))), call(51, 0, t.variable(1)));
  for (let count = 0; count < args; count += 1) term = t.lambda(term);
  return term;
}

function hexOf(bits: readonly string[]): string {
  return (bits.join('').match(/.{4}/g) ?? [])
    .map((nibble) => Number.parseInt(nibble, 2).toString(16))
    .join('');
}

/** What another implementation's script is told, as it traces it. */
function toldByScalus(transaction: Uint8Array, utxo: Uint8Array): string {
  try {
    Scalus.evalPlutusScripts(transaction, utxo, SLOTS, COST_MODELS);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'logs' in error && Array.isArray(error.logs))
      return hexOf(error.logs.filter((log) => log === '0' || log === '1'));
    throw error;
  }
  throw new Error('expected the script to fail');
}

test.each([
  { language: 'plutusV3', withInlineDatum: true, args: 1 },
  { language: 'plutusV3', withInlineDatum: false, args: 1 },
  { language: 'plutusV2', withInlineDatum: true, args: 3 },
  { language: 'plutusV2', withInlineDatum: false, args: 3 },
] as const)(
  '$language is shown what another implementation shows it (inline datum: $withInlineDatum)',
  ({ language, withInlineDatum, args }) => {
    const { transaction, utxo, question } = scripted(tells(args), language, {
      withInlineDatum,
      mints: false,
    });
    const { facts, toRun } = scriptsToRun(unwrap(decodeTransaction(transaction)), question);
    const [spending] = toRun;
    if (spending === undefined) throw new Error('expected a script');
    const info = unwrap(transactionInfo(facts, { language, protocolVersion: 11 }));
    const context = scriptArguments(info, spending.redeemer, spending.datum).at(-1);
    if (context === undefined) throw new Error('expected a context');
    expect(toldByScalus(transaction, utxo)).toBe(toHex(encodePlutusData(context)));
  },
);

/** Compares its last argument with itself, which costs by how large it is, and comes to the unit constant. */
function weighs(args: number): Term {
  let term = call(26, 1, call(47, 0, t.variable(1), t.variable(1)), t.unit, t.integer(0));
  for (let count = 0; count < args; count += 1) term = t.lambda(term);
  return term;
}

test.each([
  { language: 'plutusV3', args: { spend: 1 }, mints: true },
  { language: 'plutusV2', args: { spend: 3 }, mints: false },
  { language: 'plutusV1', args: { spend: 3 }, mints: false },
] as const)('$language spends what another implementation says it spends', ({ language, args, mints }) => {
  const { transaction, utxo, question } = scripted(weighs(args.spend), language, { mints });
  const theirs = Scalus.evalPlutusScripts(transaction, utxo, SLOTS, COST_MODELS);
  const ours = judgePhase2(question);
  if (ours.kind !== 'satisfied') throw new Error(`expected scripts to be satisfied: ${ours.message}`);
  expect(ours.scripts.map(({ purpose, spent }) => ({ purpose, ...spent }))).toEqual(
    theirs.map(({ tag, budget }) => ({
      purpose: tag.toLowerCase(),
      memory: BigInt(budget.memory),
      steps: BigInt(budget.steps),
    })),
  );
});

test('a pointer is shown as the three numbers that it is made of', () => {
  // The other implementation shows none at all; the ledger's `transStakeReference` gives `StakingPtr`.
  const referenced = Uint8Array.of(0x40, ...new Uint8Array(28), 0x81, 0x00, 0x02, 0x03);
  const { transaction, question } = scripted(weighs(1), 'plutusV3', { referenced });
  const { facts } = scriptsToRun(unwrap(decodeTransaction(transaction)), question);
  const info = unwrap(transactionInfo(facts, { language: 'plutusV3', protocolVersion: 11 }));
  expect(toHex(encodePlutusData(info.data))).toContain('d8799fd87a9f18800203ffff');
});
