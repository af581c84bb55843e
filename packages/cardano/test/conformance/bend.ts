import * as cbor from '../support/cbor-writer.js';
import type { PaymentChanges } from '../support/payment.js';
import type { Encoding, TransactionSpec } from '../support/transaction-builder.js';

/** The usual transaction with some of its parts replaced. */
export function withSpec(changes: Partial<TransactionSpec>): PaymentChanges {
  return { transaction: ({ spec }) => ({ ...spec, ...changes }) };
}

export function withBody(body: Readonly<Record<number, cbor.Cbor>>): PaymentChanges {
  return withSpec({ body });
}

export function withEncoding(encoding: Encoding): PaymentChanges {
  return withSpec({ encoding });
}

export function paying(...outputs: readonly cbor.Cbor[]): PaymentChanges {
  return { transaction: ({ spec }) => ({ ...spec, outputs: [...outputs, ...spec.outputs.slice(1)] }) };
}

export function output(address: cbor.Cbor, amount: cbor.Cbor): cbor.Cbor {
  return cbor.map([
    [cbor.int(0), address],
    [cbor.int(1), amount],
  ]);
}
