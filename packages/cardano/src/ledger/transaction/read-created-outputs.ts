import { err, ok, type Result } from '../../result.js';
import { addressText } from '../address/index.js';
import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { bytesOf, readCbor, readSpans } from '../cbor/index.js';
import type { ChainOutput, ReferenceScript } from '../facts/index.js';
import { type AssetId, nativeAssetId } from '../primitives/asset.js';
import { blake2b256 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';
import { lovelace } from '../primitives/lovelace.js';
import type { TxHash } from '../primitives/tx-hash.js';
import { SCRIPT_LANGUAGES } from './decode/script.js';
import {
  fields,
  HASH28,
  HASH32,
  type Item,
  integer,
  list,
  MAX_UINT64,
  map,
  part,
  rawBytes,
  record,
  refuse,
  Undecodable,
  unsigned,
} from './decode/shape.js';
import { hashedScript } from './script-hash.js';

/** What a transaction left on the ledger, and the id that its bytes prove. */
export type CreatedOutputs = { readonly id: TxHash; readonly outputs: readonly ChainOutput[] };

type Output = Omit<ChainOutput, 'outRef'>;

const EMBEDDED_CBOR = 24n;
/** Fields of a body since Shelley. */
const OUTPUTS = 1n;
const COLLATERAL_RETURN = 16n;

/** The parts of a list, each as its own bytes. */
function partsOf(source: Uint8Array, name: string, kind: 'array' | 'map'): readonly Uint8Array[] {
  const found = readSpans(source);
  if (!found.ok) throw new Undecodable(`${name}: ${found.error.message}`);
  if (found.value.kind !== kind) throw new Undecodable(`${name}: expected an ${kind}, found another item`);
  return found.value.spans.map((span) => bytesOf(source, span));
}

function itemOf(source: Uint8Array, path: string): Item {
  const outcome = readCbor(source, DECODE_LIMITS);
  if (!outcome.ok) throw new Undecodable(`${path}: ${outcome.error.message}`);
  return { node: outcome.value, path, source };
}

/** A byte string, in chunks or not: nodes read chunks from protocol version 12 on. */
function bytes(item: Item, min: number, max = Number.POSITIVE_INFINITY): Uint8Array {
  const { node } = item;
  if (node.kind !== 'bytes' || node.value.length < min || node.value.length > max)
    return refuse(item, `a byte string of ${min} bytes or more, up to ${max}`);
  return node.value;
}

function hash(item: Item, length: number): string {
  return toHex(bytes(item, length, length));
}

function embedded(item: Item): Uint8Array {
  const { node } = item;
  if (node.kind !== 'tag' || node.tag !== EMBEDDED_CBOR) return refuse(item, 'embedded CBOR (tag 24)');
  return bytes(part(item, node.content, ''), 1);
}

/** Until Babbage a value might name policies without assets, and assets of which there are none. */
function value(item: Item): Pick<Output, 'lovelace' | 'assets'> {
  if (item.node.kind === 'int') return { lovelace: lovelace(unsigned(item)), assets: new Map() };
  const { coin, policies } = record(item, ['coin', 'policies']);
  const assets = new Map<AssetId, bigint>();
  for (const [policyId, names] of map(policies, (key) => hash(key, HASH28))) {
    for (const [name, quantity] of map(names, (key) => toHex(bytes(key, 0, HASH32)))) {
      const found = integer(quantity, 0n, MAX_UINT64);
      if (found > 0n) assets.set(nativeAssetId(policyId, name), found);
    }
  }
  return { lovelace: lovelace(unsigned(coin)), assets };
}

function datum(item: Item): Pick<Output, 'datumHash' | 'inlineDatum'> {
  const { kind, content } = record(item, ['kind', 'content']);
  if (unsigned(kind, 1n) === 0n) return { datumHash: hash(content, HASH32) };
  return { inlineDatum: toHex(embedded(content)) };
}

function referenceScript(item: Item): ReferenceScript {
  const [first, script, ...more] = partsOf(embedded(item), item.path, 'array');
  if (first === undefined || script === undefined || more.length > 0)
    throw new Undecodable(`${item.path}: expected [language, script]`);
  const languageItem = itemOf(first, `${item.path}.language`);
  const language = SCRIPT_LANGUAGES[Number(unsigned(languageItem))];
  if (language === undefined) return refuse(languageItem, 'a script language from 0 to 3');
  return hashedScript(language, language === 'native' ? script : bytes(itemOf(script, item.path), 0));
}

/** `[address, amount, datum_hash?]`, the only form until Babbage. */
function arrayOutput(item: Item): Output {
  const [address, amount, datumHash, ...more] = list(item);
  if (address === undefined || amount === undefined || more.length > 0)
    return refuse(item, '[address, amount, datum_hash?]');
  return {
    address: addressText(bytes(address, 1)),
    ...value(amount),
    ...(datumHash === undefined ? {} : { datumHash: hash(datumHash, HASH32) }),
  };
}

/** The form since Babbage. */
function mapOutput(item: Item): Output {
  const found = fields(item, { 0: 'address', 1: 'amount', 2: 'datum', 3: 'script_ref' });
  if (found.address === undefined || found.amount === undefined)
    return refuse(item, 'address (0) and amount (1)');
  return {
    address: addressText(bytes(found.address, 1)),
    ...value(found.amount),
    ...(found.datum === undefined ? {} : datum(found.datum)),
    ...(found.script_ref === undefined ? {} : { referenceScript: referenceScript(found.script_ref) }),
  };
}

function shelleyOutput(source: Uint8Array, path: string): Output {
  const item = itemOf(source, path);
  return item.node.kind === 'map' ? mapOutput(item) : arrayOutput(item);
}

/** `[address, amount]`, whose address is an item and not a byte string. */
function byronOutput(source: Uint8Array, path: string): Output {
  const { address, amount } = record(itemOf(source, path), ['address', 'amount']);
  record(address, ['payload', 'checksum']);
  return {
    address: addressText(rawBytes(address)),
    lovelace: lovelace(unsigned(amount)),
    assets: new Map(),
  };
}

/** `[inputs, outputs, attributes]`. */
function byronOutputs(transaction: Uint8Array): readonly Output[] {
  const [, outputs] = partsOf(transaction, 'transaction', 'array');
  if (outputs === undefined) throw new Undecodable('transaction: expected outputs, found none');
  return partsOf(outputs, 'outputs', 'array').map((source, index) =>
    byronOutput(source, `outputs[${index}]`),
  );
}

/** The outputs of a body, by the index under which each lies on the ledger. */
function shelleyOutputs(body: Uint8Array, isValid: boolean): ReadonlyMap<number, Output> {
  const parts = partsOf(body, 'body', 'map');
  const field = (wanted: bigint) => {
    const values = parts.filter(
      (_, at) => at % 2 === 1 && unsigned(itemOf(parts[at - 1] ?? new Uint8Array(), 'body key')) === wanted,
    );
    if (values.length > 1) throw new Undecodable(`body: the key ${wanted} is there twice`);
    return values[0];
  };
  const outputs = field(OUTPUTS);
  if (outputs === undefined) throw new Undecodable('body: expected outputs (1), found none');
  const listed = partsOf(outputs, 'body.outputs', 'array');
  if (isValid)
    return new Map(listed.map((source, index) => [index, shelleyOutput(source, `body.outputs[${index}]`)]));
  const collateralReturn = field(COLLATERAL_RETURN);
  if (collateralReturn === undefined) return new Map();
  return new Map([[listed.length, shelleyOutput(collateralReturn, 'body.collateral_return')]]);
}

const isArray = (source: Uint8Array | undefined) => source !== undefined && (source[0] ?? 0) >> 5 === 4;

function read(transaction: Uint8Array, isValid: boolean): CreatedOutputs {
  const parts = partsOf(transaction, 'transaction', 'array');
  const [first] = parts;
  if (first === undefined) throw new Undecodable('transaction: expected its parts, found none');
  // Byron's is `[transaction, witnesses]` in a block, and the transaction alone is an array of arrays.
  const byron = isArray(first) ? (parts.length === 2 ? first : transaction) : undefined;
  const signed = byron ?? first;
  const created =
    byron === undefined ? shelleyOutputs(first, isValid) : new Map(byronOutputs(byron).entries());
  const id = toHex(blake2b256(signed)) as TxHash;
  return {
    id,
    outputs: [...created].map(([index, output]) => ({ outRef: { txHash: id, index }, ...output })),
  };
}

/**
 * Reads the outputs that a transaction of any era left on the ledger, and nothing else of it: Byron's, and `[body,
 * witness_set, …]` of every era since. The other parts may be anything, of any depth, as in eras to come. A fault in an
 * output is told: what follows from it could be anything.
 *
 * Sources: `byron.cddl`, and `transaction_output` in the ledger's CDDL of every era from Shelley to Dijkstra.
 *
 * @param isValid whether its scripts succeeded, as the block says. If not, only its collateral return is there.
 * @returns the outputs with the id that the bytes hash to, or what is wrong with the bytes. Never throws.
 * @example
 * const created = readCreatedOutputs(bytes, true);
 * if (created.ok && created.value.id === wanted) console.log(created.value.outputs);
 */
export function readCreatedOutputs(
  transaction: Uint8Array,
  isValid: boolean,
): Result<CreatedOutputs, string> {
  try {
    return ok(read(transaction, isValid));
  } catch (error) {
    if (error instanceof Undecodable) return err(error.message);
    throw error;
  }
}
