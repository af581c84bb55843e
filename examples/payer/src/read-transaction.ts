import { type Assets, CML, valueToAssets } from '@lucid-evolution/lucid';
import { refuse } from './refused-payment-error.js';

/** A transaction, read from its bytes. */
export type ReadTransaction = {
  readonly id: string;
  readonly inputs: readonly { readonly txHash: string; readonly outputIndex: number }[];
  readonly outputs: readonly ReadOutput[];
  readonly feeLovelace: bigint;
  /** The slot from which it can no longer be included. */
  readonly ttl: bigint;
  /** Without the missing signatures. */
  readonly size: number;
};

export type ReadOutput = { readonly addressHex: string; readonly assets: Assets; readonly bytes: Uint8Array };

/** The only fields of a payment. Everything else is refused, including future fields of the ledger. */
const BODY_FIELDS = ['inputs', 'outputs', 'fee', 'ttl'];
/**
 * Collateral, certificates, votes, mint, withdrawals, required signers, scripts: each moves money or grants a right.
 */
const carries = (object: object): string[] =>
  Object.entries(object)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name]) => name);

/**
 * Reads an unsigned payment.
 *
 * @throws RefusedPaymentError when it has more than inputs, outputs, a fee and a TTL.
 */
export function readTransaction(cborHex: string): ReadTransaction {
  const transaction = CML.Transaction.from_cbor_hex(cborHex);
  if (transaction.to_cbor_hex() !== cborHex)
    refuse('expected a transaction that reads back as the same bytes, found one that does not');
  const body = transaction.body();
  const foreign = carries(body.to_js_value()).filter((name) => !BODY_FIELDS.includes(name));
  if (foreign.length > 0)
    refuse(
      `expected ${BODY_FIELDS.join(', ')} in the transaction and nothing else, found ${foreign.join(', ')}`,
    );
  const witnesses = carries(transaction.witness_set().to_js_value());
  if (witnesses.length > 0) refuse(`expected no witnesses yet, found ${witnesses.join(', ')}`);
  if (transaction.auxiliary_data() !== undefined) refuse('expected no metadata, found some');
  if (!transaction.is_valid())
    refuse('expected a transaction that is meant to succeed, found one that is not');
  const ttl = body.ttl();
  if (ttl === undefined) refuse('expected an end to the validity of the transaction, found none');
  return {
    id: CML.hash_transaction(body).to_hex(),
    inputs: each(body.inputs()).map((input) => ({
      txHash: input.transaction_id().to_hex(),
      outputIndex: Number(input.index()),
    })),
    outputs: each(body.outputs()).map(readOutput),
    feeLovelace: body.fee(),
    ttl,
    size: cborHex.length / 2,
  };
}

function readOutput(output: CML.TransactionOutput, index: number): ReadOutput {
  if (output.datum() !== undefined || output.script_ref() !== undefined)
    refuse(`expected addresses and amounts in outputs, found a datum or a script in output ${index}`);
  return {
    addressHex: output.address().to_hex(),
    assets: valueToAssets(output.amount()),
    bytes: output.to_cbor_bytes(),
  };
}

function each<Item>(list: { len(): number; get(index: number): Item }): Item[] {
  return Array.from({ length: list.len() }, (_, index) => list.get(index));
}
