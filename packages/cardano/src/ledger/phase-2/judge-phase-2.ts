import type { ExecutionUnits, ProtocolParameters } from '../facts/protocol-parameters.js';
import { fromHex } from '../primitives/hex.js';
import { decodeTransaction } from '../transaction/decode-transaction.js';
import type { PlutusLanguage, PlutusVersion } from './builtins/builtin.js';
import { scriptArguments, type TransactionInfo, transactionInfo } from './context/script-context.js';
import { evaluate } from './evaluate.js';
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
  /** Scripts were not run: the ledger refuses the transaction before, or this is not judged here. */
  | { readonly kind: 'notRun'; readonly rule: string; readonly message: string }
  /** A script failed: the ledger would take the collateral. */
  | { readonly kind: 'failed'; readonly rule: string; readonly message: string };

function notRun(rule: string, message: string): Phase2Outcome {
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

function runAll(question: Phase2Question): Phase2Outcome {
  const bytes = fromHex(question.transactionHex);
  const decoded = bytes === undefined ? undefined : decodeTransaction(bytes);
  if (!decoded?.ok) return notRun('Undecodable', 'the bytes are no transaction');
  const { facts, toRun } = scriptsToRun(decoded.value, question);
  const { protocolVersion, limit } = question;
  const infoFor = infos(facts);
  const prepared = toRun.map((found) => {
    const { language } = found.script;
    const info = infoFor({ language, protocolVersion });
    const costModel = costModelOf(question.costModels, language);
    return { found, costModel, args: scriptArguments(info, found.redeemer, found.datum) };
  });
  let declared: ExecutionUnits = { memory: 0n, steps: 0n };
  for (const { budget } of toRun) {
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
  for (const { found, costModel, args } of prepared) {
    const { script, budget, redeemer } = found;
    const { language } = script;
    const outcome = evaluate({
      language,
      script: fromHex(script.bytes) ?? new Uint8Array(),
      args,
      costModel,
      budget,
      protocolVersion,
    });
    if (!outcome.ok && outcome.error.kind === 'malformed')
      return notRun('MalformedScriptWitnesses', `${describe(found)}: ${outcome.error.message}`);
    if (!outcome.ok) {
      const rule = outcome.error.kind === 'overBudget' ? 'ExUnitsExceeded' : 'ScriptFailed';
      return { kind: 'failed', rule, message: `${describe(found)}: ${outcome.error.message}` };
    }
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
  try {
    return runAll(question);
  } catch (error) {
    if (error instanceof CannotRun) return notRun(error.rule, error.message);
    throw error;
  }
}
