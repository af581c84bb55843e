import { createRequire } from 'node:module';

type ValidatorModule = typeof import('@cardananium/cquisitor-lib');

/** What the validator library says about one transaction, as it says it. */
export type ValidatorFinding = {
  /** A name, or a name with facts: the library's own enumeration. */
  readonly error: string | Readonly<Record<string, unknown>>;
  readonly error_message: string;
};

/** A warning of the validator library. */
export type ValidatorWarning = {
  readonly warning: string | Readonly<Record<string, unknown>>;
  readonly warning_message: string;
};

export type ValidatorOutcome =
  | {
      readonly kind: 'judged';
      readonly errors: readonly ValidatorFinding[];
      readonly warnings: readonly ValidatorWarning[];
      readonly phase2Errors: readonly ValidatorFinding[];
    }
  /** The library threw: it could not read the transaction, or its WebAssembly trapped. */
  | { readonly kind: 'failed'; readonly message: string };

const LIBRARY = '@cardananium/cquisitor-lib';
const require = createRequire(import.meta.url);
let instance: ValidatorModule | undefined;

/** The library instantiates its WebAssembly while it loads, so that loading it again gives fresh memory. */
function validator(): ValidatorModule {
  if (instance === undefined) {
    delete require.cache[require.resolve(LIBRARY)];
    instance = require(LIBRARY) as ValidatorModule;
  }
  return instance;
}

/** The library reports what it cannot do by throwing an Error of its own; anything else broke out of its code. */
function isOrdinaryError(error: unknown): boolean {
  return error instanceof Error && error.constructor === Error;
}

function run<T>(
  call: (library: ValidatorModule) => T,
): T | { readonly kind: 'failed'; readonly message: string } {
  try {
    return call(validator());
  } catch (error) {
    // After a trap (out of stack, out of bounds, a panic) the instance's memory is in no known state, and it has been
    // seen to trap on every call that follows.
    if (!isOrdinaryError(error)) instance = undefined;
    return {
      kind: 'failed',
      message: (error instanceof Error ? error.message : String(error)).slice(0, 300),
    };
  }
}

/**
 * Runs the validator library on a transaction. Never throws: whatever the library does is an outcome, and after a trap
 * the next call gets a fresh instance.
 *
 * @param transactionHex the transaction's bytes as hex.
 * @param context the library's `ValidationInputContext` as JSON.
 */
export function runValidator(transactionHex: string, context: string): ValidatorOutcome {
  return run((library) => {
    const result = JSON.parse(library.validate_transaction_js(transactionHex, context));
    return {
      kind: 'judged',
      errors: result.errors,
      warnings: result.warnings,
      phase2Errors: result.phase2_errors,
    };
  });
}
