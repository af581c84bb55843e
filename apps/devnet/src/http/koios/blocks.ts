import type { Block } from '../../ledger/index.js';
import { epochPositionOf } from '../../network/index.js';
import { type Answer, failure, ok } from '../answer.js';
import { blockTime } from '../render/block.js';
import { get, type Route, type RouteContext } from '../route.js';
import { pageOf, textsIn } from './request.js';

function render({ ledger: { profile } }: RouteContext, block: Block) {
  const { epoch, slotInEpoch } = epochPositionOf(profile, block.slot);
  return {
    hash: block.hash,
    epoch_no: epoch,
    abs_slot: block.slot,
    epoch_slot: slotInEpoch,
    block_height: block.height,
    block_size: block.bodyBytes,
    block_time: blockTime(profile, block),
    tx_count: block.transactions.length,
    parent_hash: block.height === 0 ? null : block.previousHash,
  };
}

/** The heights that pass PostgREST's filter on `block_height` (`eq`, `gt`, `gte`), lowest first. */
function heights({ query, view }: RouteContext): readonly [from: number, to: number] | undefined {
  const filter = query.block_height;
  if (filter === undefined) return [0, view.tip.height];
  const [, operator, digits] = /^(eq|gte?)\.(\d{1,9})$/.exec(filter) ?? [];
  const height = Number(digits);
  if (operator === 'eq') return [height, Math.min(height, view.tip.height)];
  if (operator === 'gt') return [height + 1, view.tip.height];
  return operator === 'gte' ? [height, view.tip.height] : undefined;
}

/** `/blocks`: the newest first by default. */
function blocks(context: RouteContext): Answer {
  const range = heights(context);
  if (range === undefined) return failure(400, 'failed to parse filter');
  const [from, to] = range;
  const ascending = context.query.order === 'block_height.asc';
  const count = Math.max(to - from + 1, 0);
  // Renders only the page: a chain may be long.
  const wanted = pageOf(
    context,
    Array.from({ length: count }, (_unused, index) => (ascending ? from + index : to - index)),
  );
  return ok(
    wanted.flatMap((height) => context.view.block(height) ?? []).map((block) => render(context, block)),
  );
}

function blocksByHash(context: RouteContext): Block[] {
  return textsIn(context, '_block_hashes').flatMap((hash) => context.view.block(hash) ?? []);
}

export const blockRoutes: readonly Route[] = [
  get('/blocks', blocks),
  {
    method: 'POST',
    path: '/block_info',
    handle: (context) => ok(blocksByHash(context).map((block) => render(context, block))),
  },
  {
    method: 'POST',
    path: '/block_txs',
    handle: (context) => {
      const rows = blocksByHash(context).flatMap((block) =>
        block.transactions.map(({ id }) => ({
          block_hash: block.hash,
          tx_hash: id,
          block_height: block.height,
        })),
      );
      if (context.query.order === 'tx_hash.asc') rows.sort((a, b) => (a.tx_hash < b.tx_hash ? -1 : 1));
      return ok(pageOf(context, rows));
    },
  },
];
