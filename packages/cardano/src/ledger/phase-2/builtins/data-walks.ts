import { encodeHead } from '../../cbor/index.js';
import { encodePlutusData, type PlutusData } from '../../plutus/index.js';
import { compareBytes, concatBytes } from '../../primitives/bytes.js';

/** The direct parts of a piece of data. */
function partsOf(data: PlutusData): readonly PlutusData[] {
  switch (data.kind) {
    case 'constructor':
      return data.fields;
    case 'list':
      return data.items;
    case 'map':
      return data.entries.flat();
    default:
      return [];
  }
}

function isSameNode(a: PlutusData, b: PlutusData): boolean {
  switch (a.kind) {
    case 'int':
      return b.kind === 'int' && a.value === b.value;
    case 'bytes':
      return b.kind === 'bytes' && a.value.length === b.value.length && compareBytes(a.value, b.value) === 0;
    case 'constructor':
      return b.kind === 'constructor' && a.index === b.index && a.fields.length === b.fields.length;
    case 'list':
      return b.kind === 'list' && a.items.length === b.items.length;
    case 'map':
      return b.kind === 'map' && a.entries.length === b.entries.length;
  }
}

/** Whether two pieces of data mean the same. Scripts build data of any depth: this needs no stack of the engine's. */
export function equalData(left: PlutusData, right: PlutusData): boolean {
  const stack: PlutusData[] = [right, left];
  for (let a = stack.pop(); a !== undefined; a = stack.pop()) {
    const b = stack.pop();
    if (b === undefined || !isSameNode(a, b)) return false;
    if (a === b) continue;
    const [inA, inB] = [partsOf(a), partsOf(b)];
    for (let at = inA.length - 1; at >= 0; at -= 1) {
      const [one, other] = [inA[at], inB[at]];
      if (one !== undefined && other !== undefined) stack.push(other, one);
    }
  }
  return true;
}

const sizes = new WeakMap<PlutusData, number>();

/** The ledger's size of data: four for each piece, and what numbers and bytes take. */
export function sizeOfData(
  root: PlutusData,
  integerSize: (value: bigint) => number,
  bytesSize: (value: Uint8Array) => number,
): number {
  const known = sizes.get(root);
  if (known !== undefined) return known;
  let size = 0;
  const stack = [root];
  for (let data = stack.pop(); data !== undefined; data = stack.pop()) {
    if (data.kind === 'int') {
      size += 4 + integerSize(data.value);
    } else if (data.kind === 'bytes') {
      size += 4 + bytesSize(data.value);
    } else {
      const before = sizes.get(data);
      size += before ?? 4;
      if (before === undefined) for (const part of partsOf(data)) stack.push(part);
    }
  }
  sizes.set(root, size);
  return size;
}

/** How many pieces of data there are. */
export function nodesOfData(root: PlutusData): number {
  let nodes = 0;
  const stack = [root];
  for (let data = stack.pop(); data !== undefined; data = stack.pop()) {
    nodes += 1;
    for (const part of partsOf(data)) stack.push(part);
  }
  return nodes;
}

const BREAK = Uint8Array.of(0xff);
const INDEFINITE_ARRAY = Uint8Array.of(0x9f);
const EMPTY_ARRAY = Uint8Array.of(0x80);

function constructorHead(index: bigint): readonly Uint8Array[] {
  if (index >= 0n && index < 7n) return [encodeHead(6, 121n + index)];
  if (index >= 0n && index < 128n) return [encodeHead(6, 1280n + index - 7n)];
  return [encodeHead(6, 102n), encodeHead(4, 2n), encodePlutusData({ kind: 'int', value: index })];
}

/** What `encodePlutusData` writes, for data of any depth. */
export function serialiseData(root: PlutusData): Uint8Array {
  const chunks: Uint8Array[] = [];
  const ahead: (PlutusData | Uint8Array)[] = [root];
  const pushList = (items: readonly PlutusData[]) => {
    if (items.length === 0) {
      ahead.push(EMPTY_ARRAY);
      return;
    }
    ahead.push(BREAK);
    for (let at = items.length - 1; at >= 0; at -= 1) ahead.push(items[at] ?? EMPTY_ARRAY);
    ahead.push(INDEFINITE_ARRAY);
  };
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (next instanceof Uint8Array) {
      chunks.push(next);
      continue;
    }
    switch (next.kind) {
      case 'int':
      case 'bytes':
        chunks.push(encodePlutusData(next));
        break;
      case 'list':
        pushList(next.items);
        break;
      case 'constructor':
        chunks.push(...constructorHead(next.index));
        pushList(next.fields);
        break;
      case 'map':
        chunks.push(encodeHead(5, BigInt(next.entries.length)));
        for (let at = next.entries.length - 1; at >= 0; at -= 1) {
          const entry = next.entries[at];
          if (entry !== undefined) ahead.push(entry[1], entry[0]);
        }
    }
  }
  return concatBytes(chunks);
}
