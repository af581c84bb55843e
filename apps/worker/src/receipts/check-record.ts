import {
  blake2b224,
  DONE,
  decodeTransaction,
  err,
  invalidSigners,
  parseShelleyAddress,
  payingOutputs,
  type Result,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';
import type { ConfirmedSettlement, Settlement } from '@x402-facilitator/journal';
import { bindingOf } from '@x402-facilitator/shared/wire';
import { recordedRequest } from '../settlement/index.js';

type Check = Result<undefined, string>;

/**
 * Checks that a record agrees with its own signed transaction, and with its own request. A transaction's id is the hash
 * of its body, so changing the record cannot change what the transaction does.
 *
 * @param options.bytes the signed transaction in the record.
 * @param options.requestText the request in the record; only sponsored payments have one.
 * @returns as its error, the first difference.
 */
export function checkRecord(options: {
  readonly settlement: ConfirmedSettlement;
  readonly bytes: Uint8Array | undefined;
  readonly requestText: string | undefined;
  /** POSIX milliseconds. */
  readonly nowMs: number;
}): Check {
  const { settlement, bytes, requestText, nowMs } = options;
  const { txHash, confirmations, requiredConfirmations, endedAtMs } = settlement;
  if (confirmations < requiredConfirmations)
    return err(`${confirmations} confirmations do not meet its policy of ${requiredConfirmations}`);
  if (endedAtMs > nowMs) return err('it was settled in the future');
  if (bytes === undefined) return err('it holds no transaction');
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) return err(`it holds no transaction: ${decoded.error}`);
  if (decoded.value.id !== txHash) return err(`it holds the transaction ${decoded.value.id}`);
  const payment = checkPayment(settlement, decoded.value);
  return payment.ok ? checkRequest(settlement, requestText) : payment;
}

function checkPayment(settlement: Settlement, transaction: Transaction): Check {
  const { payTo, asset, amount, payer } = settlement;
  const payee = parseShelleyAddress(payTo);
  if (!payee.ok) return err(`payTo: ${payee.error}`);
  if (payingOutputs(transaction, payee.value, { asset, amount }).length === 0)
    return err(`no output pays ${amount} ${asset} to ${payTo}`);
  const from = parseShelleyAddress(payer);
  if (!from.ok) return err(`payer: ${from.error}`);
  // Only the chain could say who owns the nonce. At least, a receipt never names a payer who did not sign.
  const { kind, hash } = from.value.payment;
  return kind === 'script' || signersOf(transaction).has(hash) ? DONE : err(`${payer} did not sign it`);
}

function signersOf(transaction: Transaction): ReadonlySet<string> {
  const invalid = new Set(invalidSigners(transaction));
  const signers = transaction.vkeyWitnesses.map(({ publicKey }) => toHex(blake2b224(publicKey)));
  return new Set(signers.filter((signer) => !invalid.has(signer)));
}

function checkRequest(settlement: Settlement, requestText: string | undefined): Check {
  if (settlement.sponsorship === undefined) return DONE;
  const request = recordedRequest(requestText);
  if (!request.ok) return err('it holds no request');
  if (bindingOf(request.value) !== settlement.binding) return err('it holds the request of another payment');
  const { resource } = settlement;
  return resource === undefined || resource === request.value.paymentPayload.resource?.url
    ? DONE
    : err('its request names another resource');
}
