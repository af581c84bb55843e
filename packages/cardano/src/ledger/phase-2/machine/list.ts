/**
 * A list of contents. Its tail and a list with one more in front share what they have in common, so that no step of a
 * script takes as long as a list.
 */
export type List = Cons | Slice;

type Cons = {
  readonly kind: 'cons';
  readonly head: unknown;
  readonly tail: List;
  readonly length: number;
  /** All of it, once it was asked for. */
  items?: readonly unknown[];
};

/** The end of an array. */
type Slice = {
  readonly kind: 'slice';
  readonly source: readonly unknown[];
  readonly from: number;
  readonly length: number;
};

export function listFrom(source: readonly unknown[]): List {
  return { kind: 'slice', source, from: 0, length: source.length };
}

export const EMPTY_LIST = listFrom([]);

export function cons(head: unknown, tail: List): List {
  return { kind: 'cons', head, tail, length: tail.length + 1 };
}

/** @param list one that is not empty. */
export function headOf(list: List): unknown {
  return list.kind === 'cons' ? list.head : list.source[list.from];
}

/** @param list one that is not empty. */
export function tailOf(list: List): List {
  return list.kind === 'cons' ? list.tail : drop(list, 1);
}

/** What is left behind the first `count` elements; nothing when there are fewer. */
export function drop(list: List, count: number): List {
  let rest = list;
  let left = Math.min(count, list.length);
  while (rest.kind === 'cons' && left > 0) {
    rest = rest.tail;
    left -= 1;
  }
  if (rest.kind === 'cons' || left === 0) return rest;
  return { kind: 'slice', source: rest.source, from: rest.from + left, length: rest.length - left };
}

/** All elements in order. */
export function itemsOf(list: List): readonly unknown[] {
  if (list.kind === 'slice') return list.from === 0 ? list.source : list.source.slice(list.from);
  if (list.items !== undefined) return list.items;
  const items: unknown[] = [];
  let rest: List = list;
  for (; rest.kind === 'cons'; rest = rest.tail) items.push(rest.head);
  for (let at = rest.from; at < rest.source.length; at += 1) items.push(rest.source[at]);
  list.items = items;
  return items;
}
