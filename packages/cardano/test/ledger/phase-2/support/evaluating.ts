import { Scalus } from 'scalus';
import { bytes as cborBytes } from '../../../support/cbor-writer.js';
import { flatProgram, type Term } from '../../../support/flat.js';
import { type Evaluation, evaluate } from '../../../support/internals.js';
import { VAN_ROSSEM_COST_MODELS } from './cost-models.js';

export const PLENTY = { memory: 100_000_000n, steps: 100_000_000_000n };

/** A term as a script: its flat encoding as one CBOR byte string. */
export function scriptOf(term: Term, version?: readonly bigint[]): Uint8Array {
  return cborBytes(flatProgram(term, version));
}

/** Evaluates a term as a Plutus V3 script of protocol version 11 that takes nothing, unless said otherwise. */
export function run(term: Term, changes: Partial<Evaluation> = {}) {
  const language = changes.language ?? 'plutusV3';
  return evaluate({
    language,
    script: scriptOf(term),
    args: [],
    costModel: VAN_ROSSEM_COST_MODELS[language],
    budget: PLENTY,
    protocolVersion: 11,
    ...changes,
  });
}

/** What another implementation says of a term, run as ours is by `run`. */
export function runByScalus(term: Term) {
  const { isSuccess, budget, logs } = Scalus.evaluateScript(
    Buffer.from(cborBytes(scriptOf(term))).toString('hex'),
  );
  return { isSuccess, memory: BigInt(budget.memory), steps: BigInt(budget.steps), logs };
}
