import type { PlacedTransaction } from '../../ledger/index.js';
import { type Answer, notFound, ok } from '../answer.js';
import { renderTransaction, renderUtxos } from '../render/transaction.js';
import { get, param, type Route, type RouteContext } from '../route.js';

/** A route below `/txs/{hash}`: 404 unless the chain holds the transaction. */
function ofTransaction(
  path: string,
  render: (record: PlacedTransaction, context: RouteContext) => unknown,
): Route {
  return get(`/txs/{hash}${path}`, (context): Answer => {
    const record = context.view.transaction(param(context, 'hash'));
    return record === undefined ? notFound() : ok(render(record, context));
  });
}

export const txRoutes: readonly Route[] = [
  ofTransaction('', (record, { ledger }) => renderTransaction(ledger.profile, record)),
  ofTransaction('/utxos', (record, { view }) => renderUtxos(view, record)),
  ofTransaction('/cbor', ({ transaction }) => ({ cbor: Buffer.from(transaction.bytes).toString('hex') })),
  ofTransaction('/metadata', ({ details }) =>
    details.metadata.map(({ label, json }) => ({ label, json_metadata: json })),
  ),
  ofTransaction('/metadata/cbor', ({ details }) =>
    details.metadata.map(({ label, cborHex }) => ({
      label,
      cbor_metadata: `\\x${cborHex}`,
      metadata: cborHex,
    })),
  ),
  ofTransaction('/required_signers', ({ transaction }) =>
    transaction.requiredSigners.map((hash) => ({ witness_hash: hash })),
  ),
];
