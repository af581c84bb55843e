import { parseAddress } from '../../address/index.js';
import { DECODE_LIMITS } from '../../cbor/decode-limits.js';
import { type CborNode, readCbor } from '../../cbor/index.js';
import type { PlutusLanguage } from '../../phase-2/builtins/builtin.js';
import { isWellFormedScript } from '../../phase-2/well-formed-script.js';
import { fromHex } from '../../primitives/hex.js';
import { referenceScriptOf } from '../../transaction/created-outputs.js';
import { allOutputs, resolve } from '../inputs-and-outputs.js';
import { type LedgerCheck, type LedgerFailure, phase1 } from '../outcome.js';

/** A script that an output brings along as a reference is not carried as a witness too. */
const extraneousScripts: LedgerCheck = ({ transaction, outputs }) => {
  const visible = resolve([...transaction.inputs, ...transaction.referenceInputs], outputs);
  const referenced = new Set(visible.map(({ referenceScript }) => referenceScript?.hash));
  return transaction.scriptWitnesses
    .filter(({ hash }) => referenced.has(hash))
    .map(({ hash }) =>
      phase1(
        'ExtraneousScriptWitnessesUTXOW',
        `expected no witness for script ${hash}, which an output references, found one`,
      ),
    );
};

/** Plutus scripts that outputs carry hold programs. */
const malformedReferenceScripts: LedgerCheck = ({ transaction, parameters }) => {
  return allOutputs(transaction).flatMap(({ scriptRef }): LedgerFailure[] => {
    const script = scriptRef === undefined ? undefined : referenceScriptOf(scriptRef);
    if (
      script === undefined ||
      script.language === 'native' ||
      isWellFormedScript(
        script.language,
        fromHex(script.bytes) ?? new Uint8Array(),
        parameters.protocolVersion.major,
      )
    )
      return [];
    const message = `expected reference script ${script.hash} to hold a ${script.language} program, found none`;
    return [phase1('MalformedReferenceScripts', message)];
  });
};

/** The keys of Plutus scripts in auxiliary data (CDDL `auxiliary_data`, the form behind tag 259). */
const AUXILIARY_PLUTUS_SCRIPTS: ReadonlyMap<bigint, PlutusLanguage> = new Map([
  [2n, 'plutusV1'],
  [3n, 'plutusV2'],
  [4n, 'plutusV3'],
]);

function auxiliaryPlutusScripts(
  auxiliaryData: Uint8Array,
): readonly { readonly language: PlutusLanguage; readonly script: Uint8Array }[] {
  const outcome = readCbor(auxiliaryData, DECODE_LIMITS);
  const root: CborNode | undefined = outcome.ok ? outcome.value : undefined;
  if (root?.kind !== 'tag' || root.content.kind !== 'map') return [];
  return root.content.entries.flatMap(([key, value]) => {
    const language = key.kind === 'int' ? AUXILIARY_PLUTUS_SCRIPTS.get(key.value) : undefined;
    if (language === undefined || value.kind !== 'array') return [];
    return value.items.flatMap((item) => (item.kind === 'bytes' ? [{ language, script: item.value }] : []));
  });
}

/** Plutus scripts that auxiliary data carries hold programs, though nothing ever runs them. */
const malformedAuxiliaryScripts: LedgerCheck = ({ transaction: { auxiliaryDataBytes }, parameters }) => {
  const scripts = auxiliaryDataBytes === undefined ? [] : auxiliaryPlutusScripts(auxiliaryDataBytes);
  const { major } = parameters.protocolVersion;
  const malformed = scripts.filter(
    ({ language, script }) => !isWellFormedScript(language, script, major),
  ).length;
  if (malformed === 0) return [];
  const message = `expected Plutus programs in auxiliary data, found ${malformed} scripts that hold none`;
  return [phase1('InvalidMetadata', message)];
};

/** Scripts cannot be shown a Byron address, neither on an output nor on an input. */
const byronAddressesBesideScripts: LedgerCheck = ({ transaction, outputs }) => {
  if (transaction.redeemers.length === 0) return [];
  const known = resolve([...transaction.inputs, ...transaction.referenceInputs], outputs);
  const byron = [...known, ...transaction.outputs]
    .map(({ address }) => address)
    .filter((text) => {
      const address = parseAddress(text);
      return address.ok && address.value.kind === 'byron';
    });
  return byron.map((address) =>
    phase1('ByronTxOutInContext', `expected no Byron address beside Plutus scripts, found ${address}`),
  );
};

export const scripts: LedgerCheck = (input) => [
  ...extraneousScripts(input),
  ...malformedReferenceScripts(input),
  ...malformedAuxiliaryScripts(input),
  ...byronAddressesBesideScripts(input),
];
