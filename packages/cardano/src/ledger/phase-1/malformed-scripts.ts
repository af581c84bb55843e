import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { type CborNode, readCbor } from '../cbor/index.js';
import type { ReferenceScript } from '../facts/chain-facts.js';
import { isWellFormedScript } from '../phase-2/well-formed-script.js';
import { fromHex } from '../primitives/hex.js';
import { referenceScriptOf } from '../transaction/created-outputs.js';
import { allOutputs } from './inputs-and-outputs.js';
import { type LedgerFailure, phase1 } from './outcome.js';
import type { Phase1Facts } from './phase-1-facts.js';
import type { Phase1Rule } from './rule.js';
import type { PlutusLanguage } from './scripts-in-play.js';

/** The keys of Plutus scripts in auxiliary data (CDDL `auxiliary_data`, the form behind tag 259). */
const AUXILIARY_LANGUAGES: ReadonlyMap<bigint, PlutusLanguage> = new Map([
  [2n, 'plutusV1'],
  [3n, 'plutusV2'],
  [4n, 'plutusV3'],
]);

/**
 * Whether scripts are malformed, by hash and protocol version: payments bring the same few scripts again and again, and to
 * read one takes up to a hundred times as long as to look it up here.
 */
const known = new Map<string, boolean>();
const MOST_KNOWN = 1_000;

function isMalformed({ hash, language, bytes }: ReferenceScript, major: number): boolean {
  if (language === 'native') return false;
  const key = `${hash} ${major}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = !isWellFormedScript(language, fromHex(bytes) ?? new Uint8Array(), major);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

function malformed(rule: string, where: string, scripts: readonly ReferenceScript[]): LedgerFailure[] {
  return scripts.map(({ hash, language }) =>
    phase1(rule, `expected ${where} ${hash} to hold a ${language} program, found none`),
  );
}

function scriptsOfOutputs({ transaction }: Phase1Facts): ReferenceScript[] {
  return allOutputs(transaction).flatMap(({ scriptRef }) =>
    scriptRef === undefined ? [] : referenceScriptOf(scriptRef),
  );
}

/** Plutus scripts in the witness set and on new outputs hold programs of their language and this protocol version. */
export const malformedScripts: Phase1Rule = {
  name: 'Plutus scripts are well formed',
  predicates: ['MalformedScriptWitnesses', 'MalformedReferenceScripts'],
  source: 'Babbage Utxow `validateScriptsWellFormed`',
  check(facts) {
    const { major } = facts.parameters.protocolVersion;
    const isBad = (script: ReferenceScript) => isMalformed(script, major);
    const witnesses = facts.transaction.scriptWitnesses.filter(isBad);
    const onOutputs = scriptsOfOutputs(facts).filter(isBad);
    return [
      ...malformed('MalformedScriptWitnesses', 'script witness', witnesses),
      ...malformed('MalformedReferenceScripts', 'reference script', onOutputs),
    ];
  },
};

function auxiliaryScripts(auxiliaryData: Uint8Array): (readonly [PlutusLanguage, Uint8Array])[] {
  const outcome = readCbor(auxiliaryData, DECODE_LIMITS);
  const root: CborNode | undefined = outcome.ok ? outcome.value : undefined;
  if (root?.kind !== 'tag' || root.content.kind !== 'map') return [];
  return root.content.entries.flatMap(([key, value]) => {
    const language = key.kind === 'int' ? AUXILIARY_LANGUAGES.get(key.value) : undefined;
    if (language === undefined || value.kind !== 'array') return [];
    return value.items.flatMap((item) => (item.kind === 'bytes' ? [[language, item.value] as const] : []));
  });
}

/** Plutus scripts in auxiliary data hold programs too, though nothing ever runs them. The decoder judges the rest of it. */
export const auxiliaryScriptsWellFormed: Phase1Rule = {
  name: 'auxiliary data is well formed',
  predicates: ['InvalidMetadata'],
  source: 'Shelley Utxow `validateMetadata`; Alonzo TxAuxData `validateAlonzoTxAuxData`',
  check({ transaction: { auxiliaryDataBytes }, parameters }) {
    const { major } = parameters.protocolVersion;
    const scripts = auxiliaryDataBytes === undefined ? [] : auxiliaryScripts(auxiliaryDataBytes);
    const bad = scripts.filter(([language, bytes]) => !isWellFormedScript(language, bytes, major)).length;
    if (bad === 0) return [];
    const message = `expected Plutus programs in auxiliary data, found ${bad} scripts that hold none`;
    return [phase1('InvalidMetadata', message)];
  },
};
