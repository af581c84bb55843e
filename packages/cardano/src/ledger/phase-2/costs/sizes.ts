import type { PlutusData } from '../../plutus/index.js';
import { type Measure, type PlutusVersion, VAN_ROSSEM } from '../builtins/builtin.js';
import { nodesOfData, sizeOfData } from '../builtins/data-walks.js';
import { depthOf, type LedgerValue } from '../builtins/ledger-value.js';
import type { Constant } from '../machine/constant.js';
import type { List } from '../machine/list.js';
import type { Value } from '../machine/value.js';

const UTF8 = new TextEncoder();
const ONE_WORD = 2n ** 64n;

/** 64 bit words that a number takes, without its sign. */
function integerSize(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < ONE_WORD) return 1;
  const hex = magnitude.toString(16);
  const bits = 4 * (hex.length - 1) + (32 - Math.clz32(Number.parseInt(hex[0] ?? '0', 16)));
  return Math.floor((bits - 1) / 64) + 1;
}

function bytesSize(value: Uint8Array): number {
  return value.length === 0 ? 1 : Math.floor((value.length - 1) / 8) + 1;
}

/** Characters until protocol version 11, and since then a quarter of the bytes. */
function stringSize(text: string, { protocolVersion }: PlutusVersion): number {
  if (protocolVersion >= VAN_ROSSEM) return Math.floor(UTF8.encode(text).length / 4);
  let characters = 0;
  for (const _ of text) characters += 1;
  return characters;
}

function constantSize({ type, content }: Constant, version: PlutusVersion): number {
  switch (type.kind) {
    case 'integer':
      return integerSize(content as bigint);
    case 'bytes':
      return bytesSize(content as Uint8Array);
    case 'string':
      return stringSize(content as string, version);
    case 'data':
      return sizeOfData(content as PlutusData, integerSize, bytesSize);
    case 'list':
    case 'array':
      return (content as List | readonly unknown[]).length;
    case 'value':
      return (content as LedgerValue).size;
    case 'g1':
      return 18;
    case 'g2':
      return 36;
    case 'millerLoopResult':
      return 72;
    default:
      return 1;
  }
}

function measured(measure: Measure, { type, content }: Constant): number | undefined {
  switch (measure) {
    case 'literal':
      return type.kind === 'integer' ? Math.abs(Number(content as bigint)) : undefined;
    case 'bytesAsWords':
      if (type.kind !== 'integer') return undefined;
      return Math.floor((Math.abs(Number(content as bigint)) - 1) / 8) + 1;
    case 'valueDepth':
      return type.kind === 'value' ? depthOf(content as LedgerValue) : undefined;
    case 'dataNodes':
      return type.kind === 'data' ? nodesOfData(content as PlutusData) : undefined;
  }
}

/** How large an argument counts for what a builtin costs; anything but a constant counts one. */
export function sizeOf(
  value: Value | undefined,
  measure: Measure | undefined,
  version: PlutusVersion,
): number {
  if (value?.kind !== 'constant') return 1;
  const special = measure === undefined ? undefined : measured(measure, value);
  return special ?? constantSize(value, version);
}
