import {
  type PlutusData,
  plutusBytes,
  plutusConstructor,
  plutusInteger,
} from '../../../ledger/plutus/index.js';
import { fromHex } from '../../../ledger/primitives/hex.js';
import type { Result } from '../../../result.js';
import { fieldsOf, hexOf, itemAt, naturalOf, noForm, readForm } from './fields.js';

const SIGNATURE = 64;

/** What happens to one channel. `owed` and `signature` (lowercase hex) are an IOU. */
export type Step =
  | { readonly kind: 'add' | 'close' | 'end' | 'elapse' }
  | { readonly kind: 'sub' | 'settle'; readonly owed: bigint; readonly signature: string };

/** How a channel's output is spent. The first channel of a transaction has `main`, with a step for each; the others have `defer`. */
export type ChannelRedeemer =
  | { readonly kind: 'defer' | 'mutual' }
  | { readonly kind: 'main'; readonly steps: readonly Step[] };

/** Places of the steps among those that leave an output, and of those that leave none. */
const CONTINUING = ['add', 'sub', 'close', 'settle'] as const;
const ENDING = ['end', 'elapse'] as const;

function stepData(step: Step): PlutusData {
  switch (step.kind) {
    case 'end':
    case 'elapse':
      return plutusConstructor(1, plutusConstructor(ENDING.indexOf(step.kind)));
    case 'add':
    case 'close':
      return plutusConstructor(0, plutusConstructor(CONTINUING.indexOf(step.kind)));
    case 'sub':
    case 'settle': {
      const signature = plutusBytes(fromHex(step.signature) ?? new Uint8Array());
      const iou = [plutusInteger(step.owed), signature] as const;
      return plutusConstructor(0, plutusConstructor(CONTINUING.indexOf(step.kind), ...iou));
    }
  }
}

/** A redeemer as the validator reads it. */
export function redeemerData(redeemer: ChannelRedeemer): PlutusData {
  switch (redeemer.kind) {
    case 'defer':
      return plutusConstructor(0);
    case 'main':
      return plutusConstructor(1, { kind: 'list', items: redeemer.steps.map(stepData) });
    case 'mutual':
      return plutusConstructor(2);
  }
}

function continuingStep(data: PlutusData): Step {
  if (fieldsOf(data, 0, 0) !== undefined) return { kind: 'add' };
  if (fieldsOf(data, 2, 0) !== undefined) return { kind: 'close' };
  const sub = fieldsOf(data, 1, 2);
  const iou = sub ?? fieldsOf(data, 3, 2);
  if (iou === undefined) return noForm('step', 'Add, Sub, Close or Settle with its fields', data);
  return {
    kind: sub === undefined ? 'settle' : 'sub',
    owed: naturalOf(itemAt(iou, 0, 'owed'), 'owed'),
    signature: hexOf(itemAt(iou, 1, 'signature'), SIGNATURE, SIGNATURE, 'signature'),
  };
}

function stepOf(data: PlutusData): Step {
  const continuing = fieldsOf(data, 0, 1);
  if (continuing !== undefined) return continuingStep(itemAt(continuing, 0, 'step'));
  const [ending] = fieldsOf(data, 1, 1) ?? [];
  if (ending !== undefined && fieldsOf(ending, 0, 0) !== undefined) return { kind: 'end' };
  if (ending !== undefined && fieldsOf(ending, 1, 0) !== undefined) return { kind: 'elapse' };
  return noForm('step', 'one of the six steps', data);
}

function redeemerOf(data: PlutusData): ChannelRedeemer {
  if (fieldsOf(data, 0, 0) !== undefined) return { kind: 'defer' };
  if (fieldsOf(data, 2, 0) !== undefined) return { kind: 'mutual' };
  const [steps] = fieldsOf(data, 1, 1) ?? [];
  if (steps?.kind !== 'list') return noForm('redeemer', 'Defer, Main with a list of steps, or Mutual', data);
  return { kind: 'main', steps: steps.items.map(stepOf) };
}

/**
 * Reads a channel's redeemer.
 *
 * @param bytes CBOR of its Plutus data.
 * @returns the redeemer, or what is not of the form.
 */
export function readRedeemer(bytes: Uint8Array): Result<ChannelRedeemer, string> {
  return readForm(bytes, redeemerOf);
}
