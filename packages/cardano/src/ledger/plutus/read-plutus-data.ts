import { err, ok, type Result } from '../../result.js';
import { type CborLimits, type CborNode, readCbor } from '../cbor/index.js';
import { toHex } from '../primitives/hex.js';
import type { PlutusData } from './plutus-data.js';

/** The tags of constructors 0 to 6 and 7 to 127; any other is written out behind `GENERAL`. */
const SMALL = { from: 121n, to: 127n, index: 0n };
const MEDIUM = { from: 1280n, to: 1400n, index: 7n };
const GENERAL = 102n;
const POSITIVE_BIGNUM = 2n;
const NEGATIVE_BIGNUM = 3n;

class NotPlutusData extends Error {}

function constructorOf(tag: bigint, content: CborNode): PlutusData | undefined {
  if (tag === GENERAL) {
    const [index, fields] = content.kind === 'array' ? content.items : [];
    if (content.kind !== 'array' || content.items.length !== 2) return undefined;
    if (index?.kind !== 'int' || index.value < 0n || fields?.kind !== 'array') return undefined;
    return { kind: 'constructor', index: index.value, fields: fields.items.map(dataOf) };
  }
  const range = [SMALL, MEDIUM].find(({ from, to }) => tag >= from && tag <= to);
  if (range === undefined || content.kind !== 'array') return undefined;
  return { kind: 'constructor', index: tag - range.from + range.index, fields: content.items.map(dataOf) };
}

function bignumOf(tag: bigint, content: CborNode): PlutusData | undefined {
  if (content.kind !== 'bytes' || (tag !== POSITIVE_BIGNUM && tag !== NEGATIVE_BIGNUM)) return undefined;
  const magnitude = BigInt(`0x0${toHex(content.value)}`);
  return { kind: 'int', value: tag === POSITIVE_BIGNUM ? magnitude : -1n - magnitude };
}

function dataOf(node: CborNode): PlutusData {
  switch (node.kind) {
    case 'int':
    case 'bytes':
      return node.kind === 'int' ? { kind: 'int', value: node.value } : { kind: 'bytes', value: node.value };
    case 'array':
      return { kind: 'list', items: node.items.map(dataOf) };
    case 'map':
      return { kind: 'map', entries: node.entries.map(([key, value]) => [dataOf(key), dataOf(value)]) };
    case 'tag': {
      const data = constructorOf(node.tag, node.content) ?? bignumOf(node.tag, node.content);
      if (data === undefined)
        throw new NotPlutusData(`the tag ${node.tag} does not belong in Plutus data here`);
      return data;
    }
    default:
      throw new NotPlutusData(`a ${node.kind} does not belong in Plutus data`);
  }
}

/**
 * Reads the CBOR of one Plutus datum (CDDL `plutus_data`) in any of its encodings.
 *
 * @returns the data, or what is wrong with the bytes.
 */
export function readPlutusData(bytes: Uint8Array, limits: CborLimits): Result<PlutusData, string> {
  const outcome = readCbor(bytes, limits);
  if (!outcome.ok) return err(outcome.error.message);
  try {
    return ok(dataOf(outcome.value));
  } catch (error) {
    if (error instanceof NotPlutusData) return err(error.message);
    throw error;
  }
}
