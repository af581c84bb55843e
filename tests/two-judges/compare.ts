import {
  decodeTransaction,
  judgePhase1,
  outRefKey,
  type ProtocolParameters,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';
import { judgePhase2, phase2Question, VAN_ROSSEM_COST_MODELS } from '@x402-facilitator/cardano/testing';
import { judge } from '@x402-facilitator/second-judge';
import type { Question } from '@x402-facilitator/second-judge/testing';
import { BENDS } from './bends.js';
import { DIFFERENCES, type Ours } from './differences.js';
import { Random, seedOf } from './random.js';
import { bytesOf, type Draft, draftOf, PARAMETERS, plainScene, type Scene, TIMELINE } from './scene.js';
import { SHAPES, type Shape } from './shapes.js';

type Named<Name extends string> = { readonly name: Name; readonly seed: number };
export type ShapeName = keyof typeof SHAPES;
export type BendName = keyof typeof BENDS;

/** How a payment is made: what it is, and what is done to it. */
export type Recipe = {
  readonly protocolVersion: number;
  readonly shapes: readonly Named<ShapeName>[];
  readonly bends: readonly Named<BendName>[];
};

/** What the other judge cannot read is met often enough in one of hundreds. */
const RARE: readonly string[] = ['spends a deep native script’s output'];
const SHAPE_NAMES = (Object.keys(SHAPES) as ShapeName[]).flatMap((name) =>
  RARE.includes(name) ? [name] : Array<ShapeName>(20).fill(name),
);
const BEND_NAMES = Object.keys(BENDS) as BendName[];

/** One object for each version, so that what is worked out for it is worked out once. */
const PARAMETERS_OF = new Map<number, ProtocolParameters>(
  [9, 10, 11, 12].map((major) => [
    major,
    {
      ...PARAMETERS,
      protocolVersion: { major, minor: 0 },
      ...(major < 11 ? {} : { costModels: VAN_ROSSEM_COST_MODELS }),
    },
  ]),
);

export function recipeOf(seed: number, run: number): Recipe {
  const random = new Random(seedOf(seed, run));
  const named = <Name extends string>(names: readonly Name[], count: number) =>
    Array.from({ length: count }, () => ({ name: random.pick(names), seed: random.seed() }));
  return {
    protocolVersion: random.pick([9, 10, 10, 10, 11, 11, 11, 12]),
    shapes: named(SHAPE_NAMES, random.int(0, 4)),
    bends: named(BEND_NAMES, random.pick([0, 0, 1, 1, 1, 2])),
  };
}

function draftFrom({ protocolVersion, shapes, bends }: Recipe): Draft {
  let scene: Scene = plainScene(PARAMETERS_OF.get(protocolVersion) ?? PARAMETERS);
  for (const [at, { name, seed }] of shapes.entries()) {
    const shape: Shape = SHAPES[name];
    scene = shape(scene, new Random(seed), `${name} ${at}`);
  }
  let draft = draftOf(scene);
  for (const { name, seed } of bends) draft = BENDS[name](draft, new Random(seed));
  return draft;
}

function questionFrom(draft: Draft): Question {
  return {
    transactionHex: toHex(bytesOf(draft)),
    outputs: draft.unspent,
    parameters: draft.parameters,
    slot: draft.slot,
    network: 'cardano:preview',
    timeline: TIMELINE,
    expectedSigners: draft.expectedSigners,
  };
}

function ourVerdict(transaction: Transaction, question: Question): Ours {
  const outputs = new Map(question.outputs.map((output) => [outRefKey(output.outRef), output]));
  const input = { ...question, transaction, outputs };
  const failures = judgePhase1(input);
  if (failures.length > 0) {
    const said = failures.map(({ rule, message }) => `${rule}: ${message}`).join('\n');
    return { phase: 1, rules: failures.map(({ rule }) => rule), said };
  }
  if (transaction.redeemers.length === 0) return undefined;
  const outcome = judgePhase2(phase2Question(input));
  if (outcome.kind === 'satisfied') return undefined;
  const said = `${outcome.rule}: ${outcome.message}`;
  return { phase: outcome.kind === 'failed' ? 2 : 1, rules: [outcome.rule], said };
}

/** How two verdicts on one payment compare. */
export type Comparison =
  | { readonly kind: 'bothAccept' }
  | { readonly kind: 'bothRefuse' }
  /** The other judge cannot judge it, for a reason that is written down. */
  | { readonly kind: 'gap'; readonly name: string }
  /** They differ, for a reason that is written down. */
  | { readonly kind: 'difference'; readonly name: string }
  | { readonly kind: 'unexplained'; readonly ours: string; readonly theirs: string };

export function compare(recipe: Recipe): Comparison {
  const question = questionFrom(draftFrom(recipe));
  const decoded = decodeTransaction(Buffer.from(question.transactionHex, 'hex'));
  const ours: Ours = decoded.ok
    ? ourVerdict(decoded.value, question)
    : { phase: 1, rules: ['DecoderFailure'], said: `DecoderFailure: ${decoded.error}` };
  const theirs = judge(question);
  if (theirs.kind === 'cannotJudge') {
    // What neither can read is refused by both.
    if (theirs.gap === 'failed' && !decoded.ok) return { kind: 'bothRefuse' };
    if (theirs.gap !== 'failed') return { kind: 'gap', name: theirs.gap };
    return { kind: 'unexplained', ours: ours?.said ?? 'accepted', theirs: `failed: ${theirs.why}` };
  }
  const difference = DIFFERENCES.find(({ applies }) =>
    applies(ours, theirs, question.parameters.protocolVersion.major),
  );
  if (difference !== undefined) return { kind: 'difference', name: difference.name };
  const said = theirs.kind === 'accepted' ? 'accepted' : `${theirs.reason.rule}: ${theirs.reason.message}`;
  if (theirs.kind === 'accepted' && ours === undefined) return { kind: 'bothAccept' };
  if (theirs.kind === 'refused' && ours !== undefined) {
    // What ours cannot read, they judge no further. Of the rest they must name the predicate that the other found first,
    // unless they could not get so far.
    const { rules, phase } = ours;
    const isAgreed =
      rules.includes('DecoderFailure') ||
      (theirs.reason.phase === 2
        ? phase === 2
        : rules.includes('BadInputsUTxO') || rules.includes(theirs.reason.rule));
    if (isAgreed) return { kind: 'bothRefuse' };
  }
  return { kind: 'unexplained', ours: ours?.said ?? 'accepted', theirs: said };
}

/** Leaves out what a difference does not need. */
export function shrunk(recipe: Recipe): Recipe {
  const isSame = (smaller: Recipe) => compare(smaller).kind === 'unexplained';
  for (const part of ['bends', 'shapes'] as const) {
    for (let at = 0; at < recipe[part].length; at += 1) {
      const smaller = { ...recipe, [part]: recipe[part].toSpliced(at, 1) };
      if (isSame(smaller)) return shrunk(smaller);
    }
  }
  return recipe;
}

/** What a payment is, for a reader: its bytes and what it spends. */
export function described(recipe: Recipe): string {
  const { transactionHex, outputs, parameters } = questionFrom(draftFrom(recipe));
  const written = JSON.stringify(
    outputs,
    (_, value) => (typeof value === 'bigint' ? `${value}` : value instanceof Map ? [...value] : value),
    1,
  );
  return `protocol version ${parameters.protocolVersion.major}\n${transactionHex}\n${written}`;
}
