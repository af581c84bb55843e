import { type Item, list, MAX_UINT64, part, record, refuse, unsigned } from './shape.js';

const MAX_CHUNK = 64;
const POSITIVE_BIGNUM = 2n;
const NEGATIVE_BIGNUM = 3n;
const GENERAL_CONSTRUCTOR = 102n;

function isConstructor(tag: bigint): boolean {
  return (tag >= 121n && tag <= 127n) || (tag >= 1280n && tag <= 1400n);
}

/** Byte strings of at most 64 bytes, or in chunks of at most 64. */
function checkBoundedBytes(item: Item): void {
  const { node } = item;
  if (node.kind !== 'bytes') refuse(item, 'a byte string');
  if ((node.chunks ?? [node.value.length]).some((length) => length > MAX_CHUNK)) {
    refuse(item, `a byte string in chunks of at most ${MAX_CHUNK} bytes`);
  }
}

/** Refuses anything but Plutus data (CDDL `plutus_data`). Its contract judges its meaning. */
export function checkPlutusData(item: Item): void {
  const { node } = item;
  switch (node.kind) {
    case 'int':
      // A head holds 64 bits: an integer in one item is always in range.
      return;
    case 'bytes':
      checkBoundedBytes(item);
      return;
    case 'array':
      for (const element of list(item)) checkPlutusData(element);
      return;
    case 'map':
      for (const [key, value] of node.entries) {
        checkPlutusData(part(item, key, ' key'));
        checkPlutusData(part(item, value, ' value'));
      }
      return;
    case 'tag': {
      const content = part(item, node.content, '');
      if (node.tag === POSITIVE_BIGNUM || node.tag === NEGATIVE_BIGNUM) {
        checkBoundedBytes(content);
      } else if (isConstructor(node.tag)) {
        for (const element of list(content)) checkPlutusData(element);
      } else if (node.tag === GENERAL_CONSTRUCTOR) {
        const { constructor: index, fields } = record(content, ['constructor', 'fields']);
        unsigned(index, MAX_UINT64);
        for (const element of list(fields)) checkPlutusData(element);
      } else {
        refuse(item, 'Plutus data');
      }
      return;
    }
    default:
      refuse(item, 'Plutus data');
  }
}
