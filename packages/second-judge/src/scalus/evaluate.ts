import { err, fromHex, ok, type Result } from '@x402-facilitator/cardano';
import type { Question } from '../question.js';
import { scalus, slotConfigOf } from './library.js';
import { utxoCbor } from './utxo.js';

/** What one redeemer's script spends. */
export type Evaluation = {
  /** `spend`, `mint`, … */
  readonly purpose: string;
  readonly index: number;
  readonly memory: bigint;
  readonly steps: bigint;
};

/**
 * Runs every Plutus script of a transaction, whatever budget it declares. A script that loops does not end: call it by
 * `evaluateWithin`.
 *
 * @returns the library's message where a script fails; it does not say which.
 */
export function evaluate({
  transactionHex,
  outputs,
  parameters: { costModels },
  timeline,
  slot,
}: Question): Result<readonly Evaluation[], string> {
  const { plutusV1 = [], plutusV2 = [], plutusV3 = [] } = costModels;
  try {
    const evaluated = scalus.Scalus.evalPlutusScripts(
      fromHex(transactionHex) ?? new Uint8Array(),
      utxoCbor(outputs),
      slotConfigOf(timeline, slot),
      [plutusV1, plutusV2, plutusV3].map((model) => [...model]),
    );
    return ok(
      evaluated.map(({ tag, index, budget }) => ({
        purpose: tag.toLowerCase(),
        index,
        memory: BigInt(budget.memory),
        steps: BigInt(budget.steps),
      })),
    );
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}
