import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  bytesOf,
  type CborArray,
  type CborNode,
  type ChainOutput,
  decodeTransaction,
  type OutRefKey,
  outRefKey,
  type ProtocolParameters,
  parseTxHash,
  type Rational,
  slot,
  toHex,
} from '@x402-facilitator/cardano';
import { PHASE_1_RULES } from '@x402-facilitator/cardano/testing';
import { readAnyCbor } from './read-any-cbor.js';
import { applied, compare, type Finding, outputOf } from './vector.js';

function read(path: string): { readonly root: CborNode; readonly source: Uint8Array } {
  const source = readFileSync(path);
  return { root: readAnyCbor(source), source };
}

function array(node: CborNode | undefined): CborArray {
  if (node?.kind !== 'array') throw new Error(`expected an array, found ${node?.kind}`);
  return node;
}

function at(node: CborNode | undefined, ...path: readonly number[]): CborNode | undefined {
  return path.reduce<CborNode | undefined>((found, index) => array(found).items[index], node);
}

function integer(node: CborNode | undefined): bigint {
  if (node?.kind !== 'int') throw new Error(`expected an integer, found ${node?.kind}`);
  return node.value;
}

function rational(node: CborNode | undefined): Rational {
  const { items } = array(node?.kind === 'tag' ? node.content : node);
  return { numerator: integer(items[0]), denominator: integer(items[1]) };
}

function units(node: CborNode | undefined) {
  return { memory: integer(at(node, 0)), steps: integer(at(node, 1)) };
}

const LANGUAGES = ['plutusV1', 'plutusV2', 'plutusV3'] as const;

function costModels(node: CborNode | undefined): ProtocolParameters['costModels'] {
  const entries = node?.kind === 'map' ? node.entries : [];
  return Object.fromEntries(
    entries.map(([language, costs]) => [
      LANGUAGES[Number(integer(language))],
      array(costs).items.map((cost) => Number(integer(cost))),
    ]),
  );
}

/** Conway's parameters, in the order of the ledger's record. */
function parametersOf(node: CborNode): ProtocolParameters {
  const field = (index: number) => at(node, index);
  const number = (index: number) => Number(integer(field(index)));
  return {
    epoch: 0,
    minFeePerByte: integer(field(0)),
    minFeeConstant: integer(field(1)),
    maxTransactionBytes: number(3),
    protocolVersion: { major: Number(integer(at(node, 12, 0))), minor: Number(integer(at(node, 12, 1))) },
    coinsPerUtxoByte: integer(field(14)),
    costModels: costModels(field(15)),
    priceMemory: rational(at(node, 16, 0)),
    priceSteps: rational(at(node, 16, 1)),
    maxTransactionExecutionUnits: units(field(17)),
    maxValueBytes: number(19),
    collateralPercentage: number(20),
    maxCollateralInputs: number(21),
    referenceScriptCostPerByte: rational(field(30)),
  };
}

/** The parameters whose hash a state holds. */
function parametersNamedIn(node: CborNode | undefined, known: ReadonlyMap<string, ProtocolParameters>) {
  const ahead = node === undefined ? [] : [node];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (next.kind === 'bytes') {
      const found = known.get(toHex(next.value));
      if (found !== undefined) return found;
    }
    if (next.kind === 'array') ahead.push(...next.items.toReversed());
    if (next.kind === 'map') ahead.push(...next.entries.flat().toReversed());
    if (next.kind === 'tag') ahead.push(next.content);
  }
  throw new Error('expected the hash of known parameters in the state, found none');
}

function utxoOf(node: CborNode | undefined, source: Uint8Array): Map<OutRefKey, ChainOutput> {
  if (node?.kind !== 'map') throw new Error(`expected unspent outputs, found ${node?.kind}`);
  return new Map(
    node.entries.map(([input, output]) => {
      const id = at(input, 0);
      const txHash = id?.kind === 'bytes' ? parseTxHash(toHex(id.value)) : undefined;
      if (txHash === undefined) throw new Error('expected an input, found something else');
      const outRef = { txHash, index: Number(integer(at(input, 1))) };
      return [outRefKey(outRef), outputOf(bytesOf(source, output), outRef)] as const;
    }),
  );
}

/** Kinds of events. */
const SUBMISSION = 0n;
const EPOCH = 2n;

const PREDICATES: ReadonlySet<string> = new Set(PHASE_1_RULES.flatMap(({ predicates }) => predicates));

/** The predicate that a vector is about, where its path names one. */
function predicateIn(path: string): { readonly predicate?: string } {
  const predicate = path.split('/').find((part) => PREDICATES.has(part));
  // Plutus V3 needs no datum (CIP-69): the ledger runs the script, which fails.
  const isOfItsPath = !path.includes('/PlutusV3/UnspendableUTxONoDatumHash');
  return predicate === undefined || !isOfItsPath ? {} : { predicate };
}

function judgeFile(path: string, known: ReadonlyMap<string, ProtocolParameters>): Finding[] {
  const { root, source } = read(path);
  const state = at(root, 1);
  const parameters = parametersNamedIn(at(state, 3, 1, 1, 3), known);
  let outputs = utxoOf(at(state, 3, 1, 1, 0), source);
  let hasProposals = false;
  let parametersMayDiffer = false;
  const findings: Finding[] = [];
  for (const event of array(at(root, 3)).items) {
    const kind = integer(at(event, 0));
    // Only the first parameters are known, and a proposal may change them when an epoch ends.
    if (kind === EPOCH && hasProposals) parametersMayDiffer = true;
    if (kind !== SUBMISSION) continue;
    const [bytes, succeeds] = [at(event, 1), at(event, 2)];
    if (bytes?.kind !== 'bytes' || succeeds?.kind !== 'boolean') throw new Error('expected a submission');
    const finding = compare(
      bytes.value,
      succeeds.value ? { kind: 'accepted' } : { kind: 'refused', ...predicateIn(path) },
      { parameters, slot: slot(Number(integer(at(event, 3)))), network: 'cardano:preview', outputs },
    );
    findings.push(
      parametersMayDiffer && finding.kind === 'differed'
        ? { kind: 'out of scope', why: 'the parameters may have been changed by a vote' }
        : finding,
    );
    const decoded = decodeTransaction(bytes.value);
    if (!succeeds.value || !decoded.ok) continue;
    outputs = applied(outputs, decoded.value);
    hasProposals ||= decoded.value.forbiddenFields.includes('proposal_procedures');
  }
  return findings;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const path = join(directory, name);
      return statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}

/** Judges every submission of the ledger's "Imp" vectors, by file and place. */
export function judgeImp(directory: string): Map<string, Finding> {
  const byHash = join(directory, 'pparams-by-hash');
  const known = new Map(
    readdirSync(byHash).map((hash) => [hash, parametersOf(read(join(byHash, hash)).root)] as const),
  );
  const findings = new Map<string, Finding>();
  for (const path of filesBelow(join(directory, 'Conway')))
    for (const [place, finding] of judgeFile(path, known).entries())
      findings.set(`${relative(directory, path)} #${place}`, finding);
  return findings;
}
