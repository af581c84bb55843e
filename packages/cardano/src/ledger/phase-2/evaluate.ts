import { err, ok, type Result } from '../../result.js';
import type { ExecutionUnits } from '../facts/protocol-parameters.js';
import type { PlutusData } from '../plutus/index.js';
import { type PlutusLanguage, type PlutusVersion, VAN_ROSSEM } from './builtins/builtin.js';
import { costTable } from './costs/cost-table.js';
import { constant, DATA } from './machine/constant.js';
import { decodeProgram } from './machine/decode-program.js';
import { type MachineFailure, run } from './machine/run.js';
import type { Program, Term } from './machine/term.js';
import { programOf } from './program-of.js';

/** Why a script was not satisfied. */
export type ScriptFailure = {
  /** It is not a program, it ran into its budget, or it failed. */
  readonly kind: 'malformed' | MachineFailure['kind'];
  readonly message: string;
};

/** A script, what it is applied to, and under which rules. */
export type Evaluation = {
  readonly language: PlutusLanguage;
  /** As witness sets and outputs carry it: the program as one CBOR byte string. */
  readonly script: Uint8Array;
  readonly args: readonly PlutusData[];
  /** The language's, in the ledger's own order. */
  readonly costModel: readonly number[];
  /** What it may spend. It stops there. */
  readonly budget: ExecutionUnits;
  /** The ledger's major protocol version. */
  readonly protocolVersion: number;
};

/** Versions of Plutus Core: 1.0.0 always, 1.1.0 from a protocol version on. */
const CONSTRUCTORS_FROM: Readonly<Record<PlutusLanguage, number>> = {
  plutusV1: VAN_ROSSEM,
  plutusV2: VAN_ROSSEM,
  plutusV3: 9,
};

function isKnownVersion([major, minor, patch]: Program['version'], version: PlutusVersion): boolean {
  if (major !== 1n || patch !== 0n) return false;
  return minor === 0n || (minor === 1n && version.protocolVersion >= CONSTRUCTORS_FROM[version.language]);
}

/**
 * Whether every variable is bound, as far as the ledger looks before it runs a script: not inside constructors and cases.
 */
function isClosed(term: Term): boolean {
  const stack: { readonly term: Term; readonly depth: number }[] = [{ term, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { term: found, depth } = next;
    switch (found.kind) {
      case 'variable':
        if (found.index < 1 || found.index > depth) return false;
        break;
      case 'lambda':
        stack.push({ term: found.body, depth: depth + 1 });
        break;
      case 'delay':
      case 'force':
        stack.push({ term: found.body, depth });
        break;
      case 'apply':
        stack.push({ term: found.right, depth }, { term: found.left, depth });
        break;
      default:
        break;
    }
  }
  return true;
}

function cappedUnits(units: bigint): number {
  return Number(units > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : units);
}

/**
 * Runs one Plutus script as a node of this protocol version does. Pure, and bounded by the budget: a script that loops
 * ends where its budget ends.
 *
 * @returns what it spent, or why it was not satisfied. Plutus V3 scripts must come to the unit constant, older ones to
 *   anything at all.
 * @example
 * const outcome = evaluate({ language: 'plutusV3', script, args: [context], costModel, budget, protocolVersion: 11 });
 */
export function evaluate(evaluation: Evaluation): Result<ExecutionUnits, ScriptFailure> {
  const { language, protocolVersion, args, costModel, budget } = evaluation;
  const version = { language, protocolVersion };
  const flat = programOf(language, evaluation.script);
  if (!flat.ok) return err({ kind: 'malformed', message: flat.error });
  const program = decodeProgram(flat.value, version);
  if (!program.ok) return err({ kind: 'malformed', message: program.error });
  if (!isKnownVersion(program.value.version, version)) {
    const found = program.value.version.join('.').slice(0, 40);
    return err({ kind: 'failed', message: `programs of version ${found} are not run` });
  }
  const applied = args.reduce<Term>(
    (left, argument) => ({ kind: 'apply', left, right: constant(DATA, argument) }),
    program.value.term,
  );
  if (!isClosed(applied)) return err({ kind: 'failed', message: 'a variable is not bound' });
  const limits = { memory: cappedUnits(budget.memory), steps: cappedUnits(budget.steps) };
  const outcome = run(applied, costTable(costModel, version), version, limits);
  if (!outcome.ok) return err({ kind: outcome.error.kind, message: outcome.error.message });
  const { value, spent } = outcome.value;
  if (language === 'plutusV3' && !(value.kind === 'constant' && value.type.kind === 'unit'))
    return err({ kind: 'failed', message: 'it does not come to the unit constant' });
  return ok({ memory: BigInt(spent.memory), steps: BigInt(spent.steps) });
}
