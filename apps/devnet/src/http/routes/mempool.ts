import { parseAddress, parseTxHash } from '@x402-facilitator/cardano';
import type { TransactionRecord } from '../../ledger/index.js';
import { type Answer, failure, notFound, ok } from '../answer.js';
import { listing } from '../pagination.js';
import { renderMempoolTransaction } from '../render/transaction.js';
import { get, param, type Route, type RouteContext } from '../route.js';

const hashOf = ({ id }: TransactionRecord) => ({ tx_hash: id });

function transaction({ ledger, params }: RouteContext): Answer {
  const id = parseTxHash(params.hash ?? '');
  const record = id === undefined ? undefined : ledger.mempool.get(id);
  return record === undefined ? notFound() : ok(renderMempoolTransaction(record));
}

function ofAddress(context: RouteContext): Answer {
  const { ledger, query } = context;
  const address = parseAddress(param(context, 'address'));
  if (!address.ok || address.value.networkId !== ledger.profile.networkId) {
    return failure(400, 'Invalid address for this network or malformed address format.');
  }
  const records = ledger.mempool
    .records()
    .filter(({ resolved, outputs }) =>
      [...resolved.values(), ...outputs].some(({ output }) => output.address === address.value.text),
    );
  return listing(query, records, hashOf);
}

export const mempoolRoutes: readonly Route[] = [
  get('/mempool', ({ ledger, query }) => listing(query, ledger.mempool.records(), hashOf)),
  get('/mempool/{hash}', transaction),
  get('/mempool/addresses/{address}', ofAddress),
];
