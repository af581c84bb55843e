import {
  blake2b224,
  decodeTransaction,
  invalidSigners,
  parseShelleyAddress,
  payingOutputs,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';
import type { ConfirmedSettlement, Settlement } from '@x402-facilitator/journal';
import { bindingOf } from '@x402-facilitator/shared/wire';
import { recordedRequest } from '../settlement/index.js';

/**
 * What a record says of a payment that its own signed transaction, or its own request, does not bear out. The id of the
 * transaction is the hash of what it does: who changes the record cannot change what the id stands for.
 *
 * @param options.bytes the signed transaction in the record.
 * @param options.requestText the request in the record; only sponsored payments have one.
 * @returns undefined when nothing contradicts it.
 */
export function recordFault(options: {
  readonly settlement: ConfirmedSettlement;
  readonly bytes: Uint8Array | undefined;
  readonly requestText: string | undefined;
  /** POSIX milliseconds. */
  readonly nowMs: number;
}): string | undefined {
  const { settlement, bytes, requestText, nowMs } = options;
  const { txHash: id, confirmations, requiredConfirmations, endedAtMs } = settlement;
  if (confirmations < requiredConfirmations)
    return `${confirmations} confirmations do not meet its policy of ${requiredConfirmations}`;
  if (endedAtMs > nowMs) return 'it was settled in the future';
  if (bytes === undefined) return 'it holds no transaction';
  const decoded = decodeTransaction(bytes);
  if (decoded.kind === 'undecodable') return `it holds no transaction: ${decoded.message}`;
  if (decoded.transaction.id !== id) return `it holds the transaction ${decoded.transaction.id}`;
  return paymentFault(settlement, decoded.transaction) ?? requestFault(settlement, requestText);
}

function paymentFault(settlement: Settlement, transaction: Transaction): string | undefined {
  const { payTo, asset, amount, payer } = settlement;
  const payee = parseShelleyAddress(payTo);
  if (typeof payee === 'string') return `payTo: ${payee}`;
  if (payingOutputs(transaction, payee, { asset, amount }).length === 0)
    return `no output pays ${amount} ${asset} to ${payTo}`;
  const from = parseShelleyAddress(payer);
  if (typeof from === 'string') return `payer: ${from}`;
  // Who owns the nonce only the chain could say; but nobody is named who did not sign.
  const { kind, hash } = from.payment;
  return kind === 'script' || signersOf(transaction).has(hash) ? undefined : `${payer} did not sign it`;
}

function signersOf(transaction: Transaction): ReadonlySet<string> {
  const invalid = new Set(invalidSigners(transaction));
  const signers = transaction.vkeyWitnesses.map(({ publicKey }) => toHex(blake2b224(publicKey)));
  return new Set(signers.filter((signer) => !invalid.has(signer)));
}

function requestFault(settlement: Settlement, requestText: string | undefined): string | undefined {
  if (settlement.sponsorship === undefined) return undefined;
  const request = recordedRequest(requestText);
  if (request === undefined) return 'it holds no request';
  if (bindingOf(request) !== settlement.binding) return 'it holds the request of another payment';
  const { resource } = settlement;
  return resource === undefined || resource === request.paymentPayload.resource?.url
    ? undefined
    : 'its request names another resource';
}
