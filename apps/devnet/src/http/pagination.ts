import { type Answer, failure } from './answer.js';

/** `count`, `page` and `order` of a listing, as Blockfrost documents them. */
export type Page = { readonly count: number; readonly page: number; readonly order: 'asc' | 'desc' };

/** A position in the chain, as `from` and `to` name it: a block and, optionally, a transaction in it. */
type Bound = { readonly height: number; readonly index?: number };

const MAX_COUNT = 100;
const MAX_PAGE = 21_474_836;
const RANGE_ERROR = 'Invalid (malformed or out of range) from/to parameter(s).';

type Query = Readonly<Record<string, string | undefined>>;

/** True for an answer, false for a parsed value. */
export function isAnswer(value: object): value is Answer {
  return 'status' in value;
}

function integer(query: Query, name: string, usual: number, max: number): number | Answer {
  const text = query[name];
  if (text === undefined) return usual;
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) return failure(400, `querystring/${name} must be integer`);
  if (value < 1) return failure(400, `querystring/${name} must be >= 1`);
  if (value > max) return failure(400, `querystring/${name} must be <= ${max}`);
  return value;
}

/** Reads the paging of a request, or answers with Blockfrost's error. */
export function parsePage(query: Query): Page | Answer {
  const count = integer(query, 'count', MAX_COUNT, MAX_COUNT);
  if (typeof count === 'object') return count;
  const page = integer(query, 'page', 1, MAX_PAGE);
  if (typeof page === 'object') return page;
  const order = query.order ?? 'asc';
  if (order !== 'asc' && order !== 'desc') {
    return failure(400, 'querystring/order must be equal to one of the allowed values');
  }
  return { count, page, order };
}

/** One page of a listing that is in ascending order. */
export function pageOf<T>(items: readonly T[], { count, page, order }: Page): T[] {
  const start = (page - 1) * count;
  if (order === 'asc') return items.slice(start, start + count);
  const end = items.length - start;
  return end <= 0 ? [] : items.slice(Math.max(end - count, 0), end).reverse();
}

function parseBound(text: string): Bound | undefined {
  const match = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const height = Number(match[1]);
  return match[2] === undefined ? { height } : { height, index: Number(match[2]) };
}

type Placed = { readonly placement: { readonly block: { readonly height: number }; readonly index: number } };

/** Keeps the transactions between `from` and `to`, both inclusive. */
export function withinRange<T extends Placed>(items: readonly T[], query: Query): readonly T[] | Answer {
  const from = query.from === undefined ? { height: 0 } : parseBound(query.from);
  const to = query.to === undefined ? { height: Infinity } : parseBound(query.to);
  if (from === undefined || to === undefined || from.height > to.height) return failure(400, RANGE_ERROR);
  return items.filter(({ placement: { block, index } }) => {
    const afterStart =
      block.height > from.height || (block.height === from.height && index >= (from.index ?? 0));
    const beforeEnd =
      block.height < to.height || (block.height === to.height && index <= (to.index ?? Infinity));
    return afterStart && beforeEnd;
  });
}

/** Answers a request for one page of `items`. */
export function listing<T>(query: Query, items: readonly T[], render: (item: T) => unknown): Answer {
  const page = parsePage(query);
  if (isAnswer(page)) return page;
  return { status: 200, body: pageOf(items, page).map(render) };
}
