import {
  type Accepted,
  type AcceptedPayment,
  err,
  ok,
  type Refusal,
  type Result,
  type SchemeRegistry,
} from '@x402-facilitator/cardano';

/**
 * What is accepted, and can be claimed and sent.
 *
 * @param isComplete whether it was claimed before, or its bytes are those of a block: then it lacks nothing.
 */
export function settleableOf(
  accepted: Accepted,
  schemes: Pick<SchemeRegistry, 'of'>,
  isComplete: boolean,
): Result<AcceptedPayment, Refusal> {
  const { scheme, payer } = accepted;
  if (accepted.kind === 'commitment') {
    const { notSettled: code } = schemes.of(scheme).codes;
    const message =
      'expected a payment that can be settled here: it sends no transaction, and what it promises is redeemed later';
    return err({ code, message, payer });
  }
  const { unsettleable } = accepted;
  return isComplete || unsettleable === undefined ? ok(accepted) : err({ ...unsettleable, payer });
}

/** The refusal of a payment while another one in flight holds one of its inputs. */
export function heldInput(
  { scheme, payer, whenHeld }: AcceptedPayment,
  { input, heldBy }: { readonly input: string; readonly heldBy: string },
  schemes: Pick<SchemeRegistry, 'of'>,
): Refusal {
  const message = `input ${input} is held by transaction ${heldBy}`;
  return { code: schemes.of(scheme).codes.inputReserved, ...whenHeld, message, payer };
}
