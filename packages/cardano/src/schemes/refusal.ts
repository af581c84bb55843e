import { err, type Result } from '../result.js';

/** Why a payment was refused. */
export type Refusal = {
  /** One of the codes that the payment's scheme declares. */
  readonly code: string;
  /** Names what was expected and what was found. Never contains the signed transaction. */
  readonly message: string;
  /** bech32 address of the payer, once known. */
  readonly payer?: string;
  /** Set where the same request may be accepted later, though its code does not say so. */
  readonly retryable?: true;
};

/** Refuses with a code and a sentence. */
export type Refuse<Code extends string> = (
  code: Code,
  message: string,
  more?: Pick<Refusal, 'retryable'>,
) => Result<never, Refusal>;

/**
 * A refusal with this code and sentence.
 *
 * @example
 * return refuse('tip_too_late', `expected a TTL after slot ${now}, found ${ttl}`);
 */
export function refuse<Code extends string>(
  code: Code,
  message: string,
  more: Pick<Refusal, 'retryable'> = {},
): Result<never, Refusal> {
  return err({ code, message, ...more });
}
