export {
  bytesOf,
  type CborArray,
  type CborBytes,
  type CborInt,
  type CborMap,
  type CborNode,
  type CborSpan,
  type CborTag,
  type CborText,
} from './node.js';
export { type CborFault, type CborLimits, readCbor } from './read-cbor.js';
export { readSpans } from './read-spans.js';
export { encodeArray, encodeBytes, encodeHead, encodeMap, encodeNode } from './write-cbor.js';
