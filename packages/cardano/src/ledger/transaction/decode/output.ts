import { addressOf } from '../../address/index.js';
import type { TransactionOutput } from '../transaction.js';
import { checkPlutusData } from './plutus-data.js';
import { embeddedItem, scriptOf } from './script.js';
import {
  bytes,
  embeddedCbor,
  fields,
  HASH32,
  hash,
  type Item,
  list,
  rawBytes,
  record,
  refuse,
  Undecodable,
  unsigned,
} from './shape.js';
import { value } from './value.js';

function addressAndValue(address: Item, amount: Item) {
  const addressBytes = bytes(address);
  const parsed = addressOf(addressBytes);
  if (!parsed.ok) throw new Undecodable(`${address.path}: not an address: ${parsed.error}`);
  const parsedAddress = parsed.value;
  return { addressBytes, address: parsedAddress.text, parsedAddress, ...value(amount) };
}

function datum(item: Item): NonNullable<TransactionOutput['datum']> {
  const { kind, content } = record(item, ['kind', 'content']);
  switch (unsigned(kind)) {
    case 0n:
      return { kind: 'hash', hash: hash(content, HASH32) };
    case 1n: {
      const data = embeddedCbor(content);
      checkPlutusData(embeddedItem(content, data));
      return { kind: 'inline', bytes: data };
    }
    default:
      return refuse(kind, 'a datum option of 0 (hash) or 1 (inline)');
  }
}

function scriptRef(item: Item): Uint8Array {
  const content = embeddedCbor(item);
  scriptOf(embeddedItem(item, content));
  return content;
}

/** The array form from before Babbage: `[address, amount, datum_hash?]`. */
function legacyOutput(item: Item): TransactionOutput {
  const [address, amount, datumHash] = list(item);
  if (address === undefined || amount === undefined || list(item).length > 3) {
    return refuse(item, '[address, amount, datum_hash?]');
  }
  const output = { ...addressAndValue(address, amount), bytes: rawBytes(item) };
  return datumHash === undefined
    ? output
    : { ...output, datum: { kind: 'hash', hash: hash(datumHash, HASH32) } };
}

/** The map form since Babbage. */
function mapOutput(item: Item): TransactionOutput {
  const found = fields(item, { 0: 'address', 1: 'amount', 2: 'datum', 3: 'script_ref' });
  if (found.address === undefined || found.amount === undefined)
    return refuse(item, 'address (0) and amount (1)');
  return {
    ...addressAndValue(found.address, found.amount),
    ...(found.datum === undefined ? {} : { datum: datum(found.datum) }),
    ...(found.script_ref === undefined ? {} : { scriptRef: scriptRef(found.script_ref) }),
    bytes: rawBytes(item),
  };
}

/** A transaction output in either form that Conway reads. */
export function transactionOutput(item: Item): TransactionOutput {
  return item.node.kind === 'map' ? mapOutput(item) : legacyOutput(item);
}
