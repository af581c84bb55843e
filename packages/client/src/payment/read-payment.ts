import { decodeTransaction, readCbor, type Transaction } from '@x402-facilitator/cardano/ledger';
import { refuse } from '../refused-payment-error.js';

/** The only fields of a payment's body, by key. */
const PAYMENT_FIELDS = new Map([
  [0n, 'inputs'],
  [1n, 'outputs'],
  [2n, 'fee'],
  [3n, 'ttl'],
]);
/** Collateral, certificates, votes, mint, withdrawals, required signers, scripts: each moves money or grants a right. */
const FOREIGN_FIELDS = new Map([
  [4n, 'certs'],
  [5n, 'withdrawals'],
  [7n, 'auxiliary_data_hash'],
  [8n, 'validity_interval_start'],
  [9n, 'mint'],
  [11n, 'script_data_hash'],
  [13n, 'collateral_inputs'],
  [14n, 'required_signers'],
  [15n, 'network_id'],
  [16n, 'collateral_return'],
  [17n, 'total_collateral'],
  [18n, 'reference_inputs'],
  [19n, 'voting_procedures'],
  [20n, 'proposal_procedures'],
  [21n, 'current_treasury_value'],
  [22n, 'donation'],
]);
const LIMITS = { maxBytes: 65_536, maxDepth: 96 };

/**
 * Reads an unsigned payment from its bytes.
 *
 * @throws RefusedPaymentError when it has more than inputs, outputs, a fee and a TTL. Fields of ledgers to come are more, too.
 */
export function readPayment(
  bytes: Uint8Array,
): Transaction & { readonly ttl: NonNullable<Transaction['ttl']> } {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) refuse(`expected a transaction, found other bytes: ${decoded.error}`);
  const transaction = decoded.value;
  assertNothingElse(transaction);
  const { ttl } = transaction;
  if (ttl === undefined) refuse('expected an end to the validity of the transaction, found none');
  return { ...transaction, ttl };
}

function assertNothingElse(transaction: Transaction): void {
  const body = readCbor(transaction.bodyBytes, LIMITS);
  const keys = body.ok && body.value.kind === 'map' ? body.value.entries.map(([key]) => key) : [];
  const foreign = keys.flatMap((key) => {
    if (key.kind !== 'int') return [key.kind];
    return PAYMENT_FIELDS.has(key.value) ? [] : [FOREIGN_FIELDS.get(key.value) ?? `field ${key.value}`];
  });
  if (keys.length === 0 || foreign.length > 0)
    refuse(
      `expected ${[...PAYMENT_FIELDS.values()].join(', ')} in the transaction and nothing else, found ${foreign.join(', ')}`,
    );
  const witnesses = [
    transaction.vkeyWitnesses.length > 0 && 'signatures',
    transaction.bootstrapWitnesses.length > 0 && 'bootstrap_witnesses',
    transaction.scriptWitnesses.some(({ language }) => language === 'native') && 'native_scripts',
    transaction.scriptWitnesses.some(({ language }) => language !== 'native') && 'plutus_scripts',
    transaction.datumWitnesses.length > 0 && 'datums',
    transaction.redeemers.length > 0 && 'redeemers',
  ].filter((name) => name !== false);
  if (witnesses.length > 0) refuse(`expected no witnesses yet, found ${witnesses.join(', ')}`);
  if (transaction.auxiliaryDataBytes !== undefined) refuse('expected no metadata, found some');
  if (!transaction.isValid) refuse('expected a transaction that is meant to succeed, found one that is not');
}
