import type { Answer } from './answer.js';
import { isAnswer, listing, withinRange } from './pagination.js';
import { blockTime } from './render/block.js';
import type { RouteContext } from './route.js';

/** One page of the transactions under an index key, between `from` and `to`. */
export function transactionListing(key: string, { ledger, view, query }: RouteContext): Answer {
  const records = withinRange(view.transactions(key), query);
  if (isAnswer(records)) return records;
  return listing(query, records, ({ id, placement: { block, index } }) => ({
    tx_hash: id,
    tx_index: index,
    block_height: block.height,
    block_time: blockTime(ledger.profile, block),
  }));
}
