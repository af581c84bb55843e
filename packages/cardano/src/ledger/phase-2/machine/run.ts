import { err, ok, type Result } from '../../../result.js';
import { BuiltinFailed, type PlutusVersion, VAN_ROSSEM } from '../builtins/builtin.js';
import type { CostTable, StepCost } from '../costs/cost-table.js';
import { caseOnConstant } from './case-on-constant.js';
import { type Environment, extend, lookUp } from './environment.js';
import type { Term } from './term.js';
import type { Value } from './value.js';

/** What a script spent, in the ledger's units. */
export type Spent = { readonly memory: number; readonly steps: number };

/** Why a script gave no value. */
export type MachineFailure = {
  readonly kind: 'overBudget' | 'failed';
  readonly message: string;
  readonly spent: Spent;
};

/** What is to be done with a value once there is one. */
type Frame =
  | {
      readonly kind: 'applyToTerm';
      readonly argument: Term;
      readonly environment: Environment;
      readonly next: Frames;
    }
  | { readonly kind: 'applyFunction'; readonly function: Value; readonly next: Frames }
  | { readonly kind: 'applyToValue'; readonly argument: Value; readonly next: Frames }
  | { readonly kind: 'force'; readonly next: Frames }
  | {
      readonly kind: 'constructor';
      readonly index: bigint;
      readonly fields: readonly Term[];
      readonly done: Value[];
      readonly environment: Environment;
      readonly next: Frames;
    }
  | {
      readonly kind: 'case';
      readonly branches: readonly Term[];
      readonly environment: Environment;
      readonly next: Frames;
    };
type Frames = Frame | undefined;

/** Thrown inside the machine only. */
class ScriptFailed extends Error {
  readonly kind: MachineFailure['kind'];
  constructor(kind: MachineFailure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

function failed(message: string): ScriptFailed {
  return new ScriptFailed('failed', message);
}

/**
 * Runs a term on the CEK machine of the Plutus Core specification. Frames and environments are linked, so that neither
 * takes of the engine's stack, and every step is paid for before it is taken: a script ends with its budget, whatever it
 * does.
 */
class Machine {
  readonly #costs: CostTable;
  readonly #version: PlutusVersion;
  readonly #budget: Spent;
  #memory = 0;
  #cpu = 0;

  constructor(costs: CostTable, version: PlutusVersion, budget: Spent) {
    this.#costs = costs;
    this.#version = version;
    this.#budget = budget;
  }

  get spent(): Spent {
    return { memory: this.#memory, steps: this.#cpu };
  }

  #spend({ cpu, memory }: StepCost): void {
    this.#cpu += cpu;
    this.#memory += memory;
    if (this.#cpu > this.#budget.steps || this.#memory > this.#budget.memory) {
      const { memory: units, steps } = this.#budget;
      throw new ScriptFailed('overBudget', `it needs more than ${units} memory and ${steps} steps`);
    }
  }

  run(program: Term): Value {
    const { steps } = this.#costs;
    this.#spend(steps.startup);
    let term: Term | undefined = program;
    let environment: Environment;
    let frames: Frames;
    let value: Value | undefined;
    for (;;) {
      if (term !== undefined) {
        // A term is to be evaluated.
        value = undefined;
        switch (term.kind) {
          case 'variable':
            this.#spend(steps.variable);
            value = lookUp(environment, term.index);
            if (value === undefined) throw failed('a variable is not bound');
            break;
          case 'constant':
            this.#spend(steps.constant);
            value = term;
            break;
          case 'lambda':
            this.#spend(steps.lambda);
            value = { kind: 'lambda', body: term.body, environment };
            break;
          case 'delay':
            this.#spend(steps.delay);
            value = { kind: 'delay', body: term.body, environment };
            break;
          case 'builtin':
            this.#spend(steps.builtin);
            value = { kind: 'builtin', builtin: term.builtin, forces: 0, args: [] };
            break;
          case 'force':
            this.#spend(steps.force);
            frames = { kind: 'force', next: frames };
            term = term.body;
            continue;
          case 'apply':
            this.#spend(steps.apply);
            frames = { kind: 'applyToTerm', argument: term.right, environment, next: frames };
            term = term.left;
            continue;
          case 'constructor': {
            this.#spend(steps.constructor);
            const index: bigint = term.index;
            const fields: readonly Term[] = term.fields;
            const first = fields[0];
            if (first === undefined) {
              value = { kind: 'constructor', index, fields: [] };
              break;
            }
            frames = { kind: 'constructor', index, fields, done: [], environment, next: frames };
            term = first;
            continue;
          }
          case 'case':
            this.#spend(steps.case);
            frames = { kind: 'case', branches: term.branches, environment, next: frames };
            term = term.scrutinee;
            continue;
          case 'error':
            throw failed('it says error');
        }
      }
      if (value === undefined) throw failed('nothing is left to do');
      // A value goes to the frame that waits for it.
      if (frames === undefined) return value;
      const frame: Frame = frames;
      frames = frame.next;
      switch (frame.kind) {
        case 'applyToTerm':
          frames = { kind: 'applyFunction', function: value, next: frames };
          term = frame.argument;
          environment = frame.environment;
          continue;
        case 'constructor': {
          frame.done.push(value);
          const next: Term | undefined = frame.fields[frame.done.length];
          if (next === undefined) {
            value = { kind: 'constructor', index: frame.index, fields: frame.done };
            term = undefined;
            continue;
          }
          frames = frame;
          term = next;
          environment = frame.environment;
          continue;
        }
        case 'case': {
          const { branch, args } = this.#branch(value, frame.branches);
          for (let at = args.length - 1; at >= 0; at -= 1) {
            const argument = args[at];
            if (argument !== undefined) frames = { kind: 'applyToValue', argument, next: frames };
          }
          term = branch;
          environment = frame.environment;
          continue;
        }
        case 'force':
          if (value.kind === 'delay') {
            term = value.body;
            environment = value.environment;
            continue;
          }
          value = this.#force(value);
          term = undefined;
          continue;
        default: {
          const [applied, argument]: [Value, Value] =
            frame.kind === 'applyFunction' ? [frame.function, value] : [value, frame.argument];
          if (applied.kind === 'lambda') {
            term = applied.body;
            environment = extend(applied.environment, argument);
            continue;
          }
          value = this.#apply(applied, argument);
          term = undefined;
        }
      }
    }
  }

  #branch(
    value: Value,
    branches: readonly Term[],
  ): { readonly branch: Term; readonly args: readonly Value[] } {
    if (value.kind === 'constructor') {
      const branch = value.index < BigInt(branches.length) ? branches[Number(value.index)] : undefined;
      if (branch === undefined) throw failed('a case has no branch for a constructor');
      return { branch, args: value.fields };
    }
    if (value.kind !== 'constant' || this.#version.protocolVersion < VAN_ROSSEM)
      throw failed('a case is over something that is not a constructor');
    const chosen = caseOnConstant(value, branches.length);
    const branch = chosen.ok ? branches[chosen.value.branch] : undefined;
    if (!chosen.ok || branch === undefined) throw failed('a case has no branch for a constant');
    return { branch, args: chosen.value.args };
  }

  #force(value: Value): Value {
    if (value.kind !== 'builtin') throw failed(`a ${value.kind} is forced`);
    const { builtin, forces, args } = value;
    if (forces >= builtin.forces) throw failed(`${builtin.name} is forced once too often`);
    return { kind: 'builtin', builtin, forces: forces + 1, args };
  }

  #apply(applied: Value, argument: Value): Value {
    if (applied.kind !== 'builtin') throw failed(`a ${applied.kind} is applied`);
    const { builtin, forces } = applied;
    if (forces < builtin.forces) throw failed(`${builtin.name} is applied before it is forced`);
    const args = [...applied.args, argument];
    if (args.length < builtin.arity) return { kind: 'builtin', builtin, forces, args };
    this.#spend(this.#costs.builtin(builtin, args));
    try {
      return builtin.run(args, this.#version);
    } catch (error) {
      if (error instanceof BuiltinFailed) throw failed(`${builtin.name}: ${error.message}`);
      throw error;
    }
  }
}

/** Runs a closed term under a budget. @throws only what is a fault of the machine itself. */
export function run(
  term: Term,
  costs: CostTable,
  version: PlutusVersion,
  budget: Spent,
): Result<{ readonly value: Value; readonly spent: Spent }, MachineFailure> {
  const machine = new Machine(costs, version, budget);
  try {
    const value = machine.run(term);
    return ok({ value, spent: machine.spent });
  } catch (error) {
    if (!(error instanceof ScriptFailed)) throw error;
    return err({ kind: error.kind, message: error.message, spent: machine.spent });
  }
}
