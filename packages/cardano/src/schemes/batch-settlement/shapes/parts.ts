import { z } from 'zod';
import { parseOutRef } from '../../../ledger/primitives/out-ref.js';
import { lowercaseHex, text, told } from '../../shape.js';
import { MAX_IOU } from '../codec/iou.js';

const MAX_DIGITS = 20;
const AMOUNT = `a decimal integer from 0 to ${MAX_IOU} without leading zeros`;

/** Canonical decimal text of 64 bits. */
export const amount = text(/^(?:0|[1-9][0-9]*)$/, MAX_DIGITS, AMOUNT).transform((given, { addIssue }) => {
  const value = BigInt(given);
  if (value <= MAX_IOU) return value;
  addIssue({ code: 'custom', message: told(AMOUNT).error({ input: given }) });
  return z.NEVER;
});

const OUT_REF = 'txHash#index in lowercase hex';

/** A position of a channel. */
export const outRef = text(/^[0-9a-f]{64}#(?:0|[1-9][0-9]{0,4})$/, 70, OUT_REF).transform(
  (given, { addIssue }) => {
    const ref = parseOutRef(given);
    if (ref !== undefined) return ref;
    addIssue({ code: 'custom', message: told(OUT_REF).error({ input: given }) });
    return z.NEVER;
  },
);

export const hash28 = lowercaseHex(28);
export const hash32 = lowercaseHex(32);

/** Whole seconds. */
export const seconds = z.int(told('an integer of seconds'));

/** A signed transaction. A message never quotes it. */
export const transaction = z
  .string({
    error: ({ input }) => `expected a base64 string, found ${input === undefined ? 'nothing' : typeof input}`,
  })
  .min(1, 'expected a base64 string, found an empty one');
