import type { Block, TransactionRecord } from '../../ledger/index.js';
import { type Answer, failure, found, notFound, ok } from '../answer.js';
import { isAnswer, listing, parsePage } from '../pagination.js';
import { renderBlock } from '../render/block.js';
import { get, param, type Route, type RouteContext } from '../route.js';

const MAX_NUMBER = 2_147_483_647;
const BLOCK_HASH = /^[0-9a-fA-F]{64}$/;

function inRange(value: number): boolean {
  return value >= 0 && value <= MAX_NUMBER;
}

/** The block that the path names, or Blockfrost's error if it does not exist. */
function blockOf(context: RouteContext): Block | Answer {
  const named = param(context, 'hash_or_number');
  if (/^-?\d+$/.test(named) && !BLOCK_HASH.test(named)) {
    const height = Number(named);
    if (!inRange(height)) return failure(400, 'Missing, out of range or malformed block number.');
    return context.view.block(height) ?? notFound();
  }
  if (!BLOCK_HASH.test(named)) return failure(400, 'Missing or malformed block hash.');
  return context.view.block(named.toLowerCase()) ?? notFound();
}

function render({ ledger, view }: RouteContext, block: Block) {
  return renderBlock(ledger.profile, view, block);
}

/** The blocks that exist in a range of heights. */
function blocksBetween({ view }: RouteContext, first: number, last: number): Block[] {
  const blocks: Block[] = [];
  for (let height = Math.max(first, 0); height <= Math.min(last, view.tip.height); height += 1) {
    const block = view.block(height);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

/** Blocks after (or before) the named one, in chain order. Page 1 is next to it. */
function neighbours(context: RouteContext, direction: 'next' | 'previous'): Answer {
  const block = blockOf(context);
  if (isAnswer(block)) return block;
  const page = parsePage(context.query);
  if (isAnswer(page)) return page;
  const skip = (page.page - 1) * page.count;
  const { height } = block;
  const blocks =
    direction === 'next'
      ? blocksBetween(context, height + 1 + skip, height + skip + page.count)
      : blocksBetween(context, height - skip - page.count, height - 1 - skip);
  return ok(blocks.map((neighbour) => render(context, neighbour)));
}

function transactions(
  context: RouteContext,
  block: Block | Answer,
  renderTransaction: (record: TransactionRecord) => unknown,
): Answer {
  return isAnswer(block) ? block : listing(context.query, block.transactions, renderTransaction);
}

const idOf = ({ id }: TransactionRecord) => id;
const cborOf = ({ id, transaction }: TransactionRecord) => ({
  tx_hash: id,
  cbor: Buffer.from(transaction.bytes).toString('hex'),
});

function addresses(context: RouteContext): Answer {
  const block = blockOf(context);
  if (isAnswer(block)) return block;
  const byAddress = new Map<string, Set<string>>();
  for (const record of block.transactions) {
    for (const { output } of [...record.resolved.values(), ...record.outputs]) {
      const ids = byAddress.get(output.address) ?? new Set();
      byAddress.set(output.address, ids.add(record.id));
    }
  }
  const sorted = [...byAddress].sort(([left], [right]) => (left < right ? -1 : 1));
  return listing(context.query, sorted, ([address, ids]) => ({
    address,
    transactions: [...ids].map((id) => ({ tx_hash: id })),
  }));
}

function bySlot(context: RouteContext): Answer {
  const named = param(context, 'slot_number');
  if (!/^-?\d+$/.test(named)) return failure(400, 'params/slot_number must be integer');
  if (!inRange(Number(named))) return failure(400, 'Missing, out of range or malformed slot_number.');
  const block = context.view.blockBySlot(Number(named));
  return found(block === undefined ? undefined : render(context, block));
}

export const blockRoutes: readonly Route[] = [
  get('/blocks/latest', (context) => ok(render(context, context.view.tip))),
  get('/blocks/latest/txs', (context) => transactions(context, context.view.tip, idOf)),
  get('/blocks/latest/txs/cbor', (context) => transactions(context, context.view.tip, cborOf)),
  get('/blocks/slot/{slot_number}', bySlot),
  get('/blocks/{hash_or_number}', (context) => {
    const block = blockOf(context);
    return isAnswer(block) ? block : ok(render(context, block));
  }),
  get('/blocks/{hash_or_number}/next', (context) => neighbours(context, 'next')),
  get('/blocks/{hash_or_number}/previous', (context) => neighbours(context, 'previous')),
  get('/blocks/{hash_or_number}/txs', (context) => transactions(context, blockOf(context), idOf)),
  get('/blocks/{hash_or_number}/txs/cbor', (context) => transactions(context, blockOf(context), cborOf)),
  get('/blocks/{hash_or_number}/addresses', addresses),
];
