import type { CborNode } from '@x402-facilitator/cardano';

const INDEFINITE = 31;
const BREAK = 0xff;

/**
 * Reads any CBOR into the product's tree: a ledger state has floats and simple values, which the product's own reader
 * refuses. They become `null`.
 */
export function readAnyCbor(source: Uint8Array): CborNode {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let at = 0;
  const argument = (info: number): bigint => {
    if (info < 24) return BigInt(info);
    const width = 1 << (info - 24);
    let value = 0n;
    for (let byte = 0; byte < width; byte += 1) value = (value << 8n) | BigInt(view.getUint8(at + byte));
    at += width;
    return value;
  };
  const isBreak = () => {
    if (source[at] !== BREAK) return false;
    at += 1;
    return true;
  };
  const several = (info: number, each: 1 | 2): CborNode[] => {
    const items: CborNode[] = [];
    if (info === INDEFINITE) while (!isBreak()) items.push(item());
    else for (let left = Number(argument(info)) * each; left > 0; left -= 1) items.push(item());
    return items;
  };
  const stringOf = (info: number): Uint8Array => {
    if (info === INDEFINITE) {
      const chunks: Uint8Array[] = [];
      while (!isBreak()) chunks.push(stringOf(view.getUint8(at++) & 31));
      return Buffer.concat(chunks);
    }
    const length = Number(argument(info));
    at += length;
    return source.subarray(at - length, at);
  };
  const item = (): CborNode => {
    const start = at;
    const head = view.getUint8(at);
    at += 1;
    const info = head & 31;
    const spanned = <T extends object>(content: T) => ({ ...content, start, end: at });
    switch (head >> 5) {
      case 0:
        return spanned({ kind: 'int' as const, value: argument(info) });
      case 1:
        return spanned({ kind: 'int' as const, value: -1n - argument(info) });
      case 2:
        return spanned({ kind: 'bytes' as const, value: stringOf(info) });
      case 3:
        return spanned({ kind: 'text' as const, value: Buffer.from(stringOf(info)).toString() });
      case 4:
        return spanned({ kind: 'array' as const, items: several(info, 1) });
      case 5: {
        const flat = several(info, 2);
        const entries: [CborNode, CborNode][] = [];
        for (let index = 0; index + 1 < flat.length; index += 2) {
          const [key, value] = flat.slice(index, index + 2);
          if (key !== undefined && value !== undefined) entries.push([key, value]);
        }
        return spanned({ kind: 'map' as const, entries });
      }
      case 6: {
        const tag = argument(info);
        return spanned({ kind: 'tag' as const, tag, content: item() });
      }
      default:
        if (info === 20 || info === 21) return spanned({ kind: 'boolean' as const, value: info === 21 });
        if (info >= 24) at += 1 << (info - 24);
        return spanned({ kind: 'null' as const });
    }
  };
  return item();
}
