import { outRefKey, parseOutRef } from '@x402-facilitator/cardano';
import { epochPositionOf } from '../../network/index.js';
import { ok } from '../answer.js';
import { blockTime } from '../render/block.js';
import type { Route, RouteContext } from '../route.js';
import { pageOf, textsIn } from './request.js';

function transactionCbor(context: RouteContext) {
  const { profile } = context.ledger;
  return textsIn(context, '_tx_hashes').flatMap((hash) => {
    const record = context.view.transaction(hash);
    if (record === undefined) return [];
    const { block } = record.placement;
    return {
      tx_hash: record.id,
      block_hash: block.hash,
      block_height: block.height,
      epoch_no: epochPositionOf(profile, block.slot).epoch,
      absolute_slot: block.slot,
      tx_timestamp: blockTime(profile, block),
      cbor: Buffer.from(record.transaction.bytes).toString('hex'),
      valid_contract: record.transaction.isValid,
    };
  });
}

/** Without `_extended`: the fields of every output, and whether it is spent. */
function utxoInfo(context: RouteContext) {
  return textsIn(context, '_utxo_refs').flatMap((text) => {
    const ref = parseOutRef(text);
    const record = ref === undefined ? undefined : context.view.transaction(ref.txHash);
    const found = record?.outputs.find(({ key }) => ref !== undefined && key === outRefKey(ref));
    if (record === undefined || found === undefined) return [];
    const { output } = found;
    return {
      tx_hash: record.id,
      tx_index: output.outRef.index,
      address: output.address,
      value: output.lovelace.toString(),
      block_height: record.placement.block.height,
      datum_hash: output.datumHash ?? null,
      inline_datum: null,
      reference_script: null,
      asset_list: null,
      is_spent: context.view.spentBy(found) !== undefined,
    };
  });
}

/** With `_extended`: everything that an output carries. */
function addressUtxos(context: RouteContext) {
  const rows = textsIn(context, '_addresses').flatMap((address) =>
    context.view.unspent(address).map(({ output, createdBy }) => ({
      tx_hash: output.outRef.txHash,
      tx_index: output.outRef.index,
      address: output.address,
      value: output.lovelace.toString(),
      block_height: createdBy.placement?.block.height ?? null,
      datum_hash: output.datumHash ?? null,
      inline_datum: output.inlineDatum === undefined ? null : { bytes: output.inlineDatum },
      reference_script: output.referenceScript === undefined ? null : {},
      asset_list: [...output.assets].map(([asset, quantity]) => {
        const [policy_id, asset_name] = asset.split('.');
        return { policy_id, asset_name, quantity: quantity.toString() };
      }),
      is_spent: false,
    })),
  );
  return pageOf(context, rows);
}

/** The newest first, or the oldest by `order=block_height.asc`. */
function addressTransactions(context: RouteContext) {
  const { body, query, view } = context;
  const after: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, '_after_block_height') : 0;
  const rows = textsIn(context, '_addresses')
    .flatMap((address) => view.transactions(address))
    .filter(({ placement }) => placement.block.height >= Number(after ?? 0))
    .map(({ id, placement }) => ({ tx_hash: id, block_height: placement.block.height }));
  return pageOf(context, `${query.order}`.startsWith('block_height.asc') ? rows : rows.reverse());
}

export const transactionRoutes: readonly Route[] = [
  { method: 'POST', path: '/tx_cbor', handle: (context) => ok(transactionCbor(context)) },
  { method: 'POST', path: '/address_utxos', handle: (context) => ok(addressUtxos(context)) },
  { method: 'POST', path: '/address_txs', handle: (context) => ok(addressTransactions(context)) },
  { method: 'POST', path: '/utxo_info', handle: (context) => ok(utxoInfo(context)) },
];
