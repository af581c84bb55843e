import { err, ok, type Result } from '../../result.js';
import type { ExecutionUnits, ProtocolParameters } from '../facts/protocol-parameters.js';
import { fromHex } from '../primitives/hex.js';
import { decodeTransaction } from '../transaction/decode-transaction.js';
import type { PlutusLanguage, PlutusVersion } from './builtins/builtin.js';
import { scriptArguments, type TransactionInfo, transactionInfo } from './context/script-context.js';
import { evaluate, type ScriptFailure } from './evaluate.js';
import type { Phase2Question } from './question.js';
import { CannotRun, type ScriptToRun, scriptsToRun } from './scripts-to-run.js';

/** What came of one script. */
export type ScriptSpent = {
  readonly hash: string;
  readonly purpose: 'spend' | 'mint';
  readonly budget: ExecutionUnits;
  readonly spent: ExecutionUnits;
};

/** What running a transaction's scripts says. Plain data, as its question is. */
export type Phase2Outcome =
  | { readonly kind: 'satisfied'; readonly scripts: readonly ScriptSpent[] }
  | Phase2Failure;

/** Why it is not satisfied. */
export type Phase2Failure =
  /** Scripts were not run: the ledger refuses the transaction before, or this is not judged here. */
  | { readonly kind: 'notRun'; readonly rule: string; readonly message: string }
  /** A script failed: the ledger would take the collateral. */
  | { readonly kind: 'failed'; readonly rule: string; readonly message: string };

function notRun(rule: string, message: string): Phase2Failure {
  return { kind: 'notRun', rule, message };
}

function costModelOf(costModels: ProtocolParameters['costModels'], language: PlutusLanguage) {
  const model = costModels[language];
  if (model === undefined) throw new CannotRun('NoCostModel', `there is no cost model for ${language}`);
  return model;
}

function infos(facts: Parameters<typeof transactionInfo>[0]) {
  const written = new Map<PlutusLanguage, TransactionInfo>();
  return (version: PlutusVersion): TransactionInfo => {
    const known = written.get(version.language);
    if (known !== undefined) return known;
    const info = transactionInfo(facts, version);
    if (!info.ok) throw new CannotRun('BadTranslation', info.error);
    written.set(version.language, info.value);
    return info.value;
  };
}

function exceeds(used: ExecutionUnits, limit: ExecutionUnits): boolean {
  return used.memory > limit.memory || used.steps > limit.steps;
}

function describe({ script, redeemer }: ScriptToRun): string {
  return `script ${script.hash} for ${redeemer.purpose.kind}`;
}

/** A script with everything that it is run with but its budget. */
type Prepared = {
  readonly found: ScriptToRun;
  readonly run: (budget: ExecutionUnits) => ReturnType<typeof evaluate>;
};

/** The scripts of a transaction in the order of its redeemers. */
function prepare(question: Phase2Question): readonly Prepared[] {
  const bytes = fromHex(question.transactionHex);
  const decoded = bytes === undefined ? undefined : decodeTransaction(bytes);
  if (!decoded?.ok) throw new CannotRun('Undecodable', 'the bytes are no transaction');
  const { facts, toRun } = scriptsToRun(decoded.value, question);
  const { protocolVersion } = question;
  const infoFor = infos(facts);
  return toRun.map((found) => {
    const { language, bytes: script } = found.script;
    const info = infoFor({ language, protocolVersion });
    const evaluation = {
      language,
      script: fromHex(script) ?? new Uint8Array(),
      args: scriptArguments(info, found.redeemer, found.datum),
      costModel: costModelOf(question.costModels, language),
      protocolVersion,
    };
    return { found, run: (budget) => evaluate({ ...evaluation, budget }) };
  });
}

function failureOf(found: ScriptToRun, { kind, message }: ScriptFailure): Phase2Failure {
  const text = `${describe(found)}: ${message}`;
  if (kind === 'malformed') return { kind: 'notRun', rule: 'MalformedScriptWitnesses', message: text };
  return { kind: 'failed', rule: kind === 'overBudget' ? 'ExUnitsExceeded' : 'ScriptFailed', message: text };
}

function runAll(question: Phase2Question): Phase2Outcome {
  const prepared = prepare(question);
  const { limit } = question;
  let declared: ExecutionUnits = { memory: 0n, steps: 0n };
  for (const { budget } of prepared.map(({ found }) => found)) {
    declared = { memory: declared.memory + budget.memory, steps: declared.steps + budget.steps };
  }
  // Run anyway, such a transaction could cost as much as it likes to say.
  if (exceeds(declared, limit)) {
    return notRun(
      'ExUnitsTooBigUTxO',
      `expected at most ${limit.memory} memory and ${limit.steps} steps for all scripts, found ${declared.memory} and ${declared.steps}`,
    );
  }
  const scripts: ScriptSpent[] = [];
  for (const { found, run } of prepared) {
    const { script, budget, redeemer } = found;
    const outcome = run(budget);
    if (!outcome.ok) return failureOf(found, outcome.error);
    scripts.push({ hash: script.hash, purpose: redeemer.purpose.kind, budget, spent: outcome.value });
  }
  return { kind: 'satisfied', scripts };
}

/**
 * Runs the scripts of a transaction as a node would, each under the budget that it declares and all together under the
 * protocol's limit, and says what came of it. Pure. How long it takes is bounded by the limit, not by a clock: call it
 * in a thread that can be ended.
 *
 * @throws only what is a fault of its own.
 */
export function judgePhase2(question: Phase2Question): Phase2Outcome {
  return runOr(
    () => runAll(question),
    (failure) => failure,
  );
}

/**
 * What each script of a transaction spends, in the order of its redeemers, whatever these declare: for one who builds it.
 *
 * @param most what all of them may spend together. They stop there, with the rule `ExUnitsExceeded`.
 * @throws only what is a fault of its own.
 */
export function measurePhase2(
  question: Phase2Question,
  most: ExecutionUnits,
): Result<readonly ExecutionUnits[], Phase2Failure> {
  return runOr(() => measureAll(question, most), err<Phase2Failure>);
}

function measureAll(
  question: Phase2Question,
  most: ExecutionUnits,
): Result<readonly ExecutionUnits[], Phase2Failure> {
  let left = most;
  const measured: ExecutionUnits[] = [];
  for (const { found, run } of prepare(question)) {
    const outcome = run(left);
    if (!outcome.ok) return err(failureOf(found, outcome.error));
    const { memory, steps } = outcome.value;
    left = { memory: left.memory - memory, steps: left.steps - steps };
    measured.push(outcome.value);
  }
  return ok(measured);
}

function runOr<T>(run: () => T, failed: (failure: Phase2Failure) => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof CannotRun) return failed(notRun(error.rule, error.message));
    throw error;
  }
}
