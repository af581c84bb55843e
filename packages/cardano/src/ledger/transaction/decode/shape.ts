import { bytesOf, type CborNode } from '../../cbor/index.js';
import { toHex } from '../../primitives/hex.js';

/** Thrown inside the decoder only; `decodeTransaction` turns it into an outcome. */
export class Undecodable extends Error {}

/** A node with the bytes it lies in and its name for messages, such as `body.outputs[2].amount`. */
export type Item = { readonly node: CborNode; readonly path: string; readonly source: Uint8Array };

export const MAX_UINT64 = 2n ** 64n - 1n;
export const MAX_INT64 = 2n ** 63n - 1n;
export const MIN_INT64 = -(2n ** 63n);
export const HASH28 = 28;
export const HASH32 = 32;
/** The tag of a set (CDDL `set<a>`): allowed since Conway, never demanded. */
const SET_TAG = 258n;
const EMBEDDED_CBOR_TAG = 24n;

function describe(node: CborNode): string {
  switch (node.kind) {
    case 'int':
      return `the integer ${node.value}`;
    case 'bytes':
      return `a byte string of ${node.value.length} bytes${node.chunks === undefined ? '' : ' in chunks'}`;
    case 'text':
      return 'a text string';
    case 'array':
      return `an array of ${node.items.length}`;
    case 'map':
      return `a map of ${node.entries.length}`;
    case 'tag':
      return `tag ${node.tag}`;
    case 'boolean':
      return String(node.value);
    case 'null':
      return 'null';
  }
}

export function refuse(item: Item, expected: string): never {
  throw new Undecodable(`${item.path}: expected ${expected}, found ${describe(item.node)}`);
}

/** A part of an item, under its own name. */
export function part(item: Item, node: CborNode, name: string): Item {
  return { node, path: `${item.path}${name}`, source: item.source };
}

export function rawBytes(item: Item): Uint8Array {
  return bytesOf(item.source, item.node);
}

export function integer(item: Item, min: bigint, max: bigint): bigint {
  const { node } = item;
  if (node.kind !== 'int' || node.value < min || node.value > max)
    refuse(item, `an integer from ${min} to ${max}`);
  return node.value;
}

export function unsigned(item: Item, max = MAX_UINT64): bigint {
  return integer(item, 0n, max);
}

/** A byte string in one piece: the ledger's decoder takes chunks in Plutus data and metadata only. */
export function bytes(item: Item, length?: number): Uint8Array {
  const { node } = item;
  const expected = length === undefined ? 'a byte string' : `a byte string of ${length} bytes`;
  if (node.kind !== 'bytes' || (length !== undefined && node.value.length !== length)) refuse(item, expected);
  if (node.chunks !== undefined) refuse(item, `${expected} of definite length`);
  return node.value;
}

export function hash(item: Item, length: number): string {
  return toHex(bytes(item, length));
}

export function boolean(item: Item): boolean {
  if (item.node.kind !== 'boolean') refuse(item, 'true or false');
  return item.node.value;
}

export function list(item: Item): readonly Item[] {
  if (item.node.kind !== 'array') refuse(item, 'an array');
  return item.node.items.map((node, index) => part(item, node, `[${index}]`));
}

/** An array with one item per name, in order. */
export function record<const Names extends readonly string[]>(
  item: Item,
  names: Names,
): { readonly [Name in Names[number]]: Item } {
  const { node } = item;
  if (node.kind !== 'array' || node.items.length !== names.length) refuse(item, `[${names.join(', ')}]`);
  const parts: Record<string, Item> = {};
  names.forEach((name, index) => {
    const child = node.items[index];
    if (child !== undefined) parts[name] = part(item, child, `.${name}`);
  });
  return parts as { readonly [Name in Names[number]]: Item };
}

/** A set or array; a duplicate stays where it is for the caller to judge. */
export function set(item: Item): readonly Item[] {
  const { node } = item;
  return list(node.kind === 'tag' && node.tag === SET_TAG ? { ...item, node: node.content } : item);
}

export function nonEmptySet(item: Item): readonly Item[] {
  const items = set(item);
  if (items.length === 0) throw new Undecodable(`${item.path}: expected at least one element, found none`);
  return items;
}

/** The entries of a map whose keys are unique by their meaning, as `keyOf` reads it. */
export function map<Key extends string | number | bigint>(
  item: Item,
  keyOf: (key: Item) => Key,
): ReadonlyMap<Key, Item> {
  const { node } = item;
  if (node.kind !== 'map') refuse(item, 'a map');
  const entries = new Map<Key, Item>();
  for (const [keyNode, value] of node.entries) {
    const key = keyOf(part(item, keyNode, ' key'));
    if (entries.has(key)) throw new Undecodable(`${item.path}: the key ${key} is there twice`);
    entries.set(key, part(item, value, `[${key}]`));
  }
  return entries;
}

/** The fields of a map with small integer keys, by name; a key without a name is refused. */
export function fields<const Names extends Readonly<Record<number, string>>>(
  item: Item,
  names: Names,
): { readonly [Name in Names[keyof Names & number]]?: Item } {
  const known = map(item, (key) => {
    const number = Number(unsigned(key));
    if (!Object.hasOwn(names, number)) refuse(key, `one of the keys ${Object.keys(names).join(', ')}`);
    return number;
  });
  const named: Record<string, Item> = {};
  for (const [key, field] of known) {
    const name = names[key] ?? '';
    named[name] = part(item, field.node, `.${name}`);
  }
  return named as { readonly [Name in Names[keyof Names & number]]?: Item };
}

/** The bytes inside `#6.24(bytes)`, and the path under which to read them. */
export function embeddedCbor(item: Item): Uint8Array {
  const { node } = item;
  if (node.kind !== 'tag' || node.tag !== EMBEDDED_CBOR_TAG) refuse(item, 'embedded CBOR (tag 24)');
  return bytes(part(item, node.content, ''));
}
