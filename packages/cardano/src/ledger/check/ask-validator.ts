import { fromHex, toHex } from '../primitives/hex.js';
import { namedOutputs, resolve } from '../phase-1/inputs-and-outputs.js';
import type { LedgerInput } from '../phase-1/outcome.js';
import { readableForm } from './readable-form.js';
import { runValidator, type ValidatorOutcome } from './validator.js';
import { validatorContext } from './validator-context.js';

/** What the validator library is asked about one transaction. Plain text throughout, so that any thread can be asked. */
export type ValidatorQuestion = {
  /** The transaction's bytes. */
  readonly transactionHex: string;
  /** The library's `ValidationInputContext` as JSON. */
  readonly context: string;
  /** Whether the same transaction in another encoding may stand in for one that the library cannot read. */
  readonly isRewritable: boolean;
};

/** The question whose answer `checkLedger` goes by. Every output that the transaction names must be known. */
export function validatorQuestion(input: LedgerInput): ValidatorQuestion {
  const { transaction, outputs } = input;
  return {
    transactionHex: toHex(transaction.bytes),
    context: validatorContext(input, resolve(namedOutputs(transaction), outputs)),
    // Scripts see the transaction's id, which another encoding changes: a transaction that runs some is judged as it is
    // or not at all.
    isRewritable: transaction.redeemers.length === 0,
  };
}

/** Asks the validator library, in this thread. Never throws: whatever the library does is an outcome. */
export function askValidator({ transactionHex, context, isRewritable }: ValidatorQuestion): ValidatorOutcome {
  const outcome = runValidator(transactionHex, context);
  if (outcome.kind === 'judged' || !isRewritable) return outcome;
  // The library cannot read every encoding that a node reads.
  const bytes = fromHex(transactionHex);
  const readable = bytes === undefined ? undefined : readableForm(bytes);
  return readable === undefined ? outcome : runValidator(toHex(readable), context);
}
