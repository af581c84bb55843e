import { encodeArray, encodeBytes, encodeHead, encodeMap } from '../cbor/index.js';
import type { ProtocolParameters } from '../facts/protocol-parameters.js';
import { concatBytes } from '../primitives/bytes.js';
import { blake2b256 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';
import type { Transaction } from '../transaction/transaction.js';
import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';
import type { PlutusLanguage } from './scripts-in-play.js';

/** In the order of the numbers that stand for them. */
const PLUTUS_LANGUAGES: readonly PlutusLanguage[] = ['plutusV1', 'plutusV2', 'plutusV3'];

const NULL = Uint8Array.of(0xf6);
const INDEFINITE_ARRAY = Uint8Array.of(0x9f);
const BREAK = Uint8Array.of(0xff);
/** What stands for redeemers where there are none. */
const NO_REDEEMERS = encodeMap([]);

function encodeInteger(value: number): Uint8Array {
  return value < 0 ? encodeHead(1, BigInt(-1 - value)) : encodeHead(0, BigInt(value));
}

/** A language and its cost model as they are hashed. The first language keeps what was a mistake: both twice encoded. */
function languageView(
  language: PlutusLanguage,
  { costModels }: Pick<ProtocolParameters, 'costModels'>,
): readonly [Uint8Array, Uint8Array] {
  const number = encodeHead(0, BigInt(PLUTUS_LANGUAGES.indexOf(language)));
  const costs = costModels[language]?.map(encodeInteger);
  if (language !== 'plutusV1') return [number, costs === undefined ? NULL : encodeArray(costs)];
  const model = costs === undefined ? NULL : concatBytes([INDEFINITE_ARRAY, ...costs, BREAK]);
  return [encodeBytes(number), encodeBytes(model)];
}

/** Cost models change by epoch; encoding them for each transaction would cost more than every other rule. */
const encodedViews = new WeakMap<ProtocolParameters['costModels'], Map<string, Uint8Array>>();

function languageViews(
  languages: ReadonlySet<PlutusLanguage>,
  parameters: Pick<ProtocolParameters, 'costModels'>,
): Uint8Array {
  // Shorter keys come first, and only the first language's has two bytes.
  const inOrder = (['plutusV2', 'plutusV3', 'plutusV1'] as const).filter((name) => languages.has(name));
  const known = encodedViews.get(parameters.costModels) ?? new Map<string, Uint8Array>();
  encodedViews.set(parameters.costModels, known);
  const key = inOrder.join();
  const encoded = known.get(key) ?? encodeMap(inOrder.map((name) => languageView(name, parameters)));
  known.set(key, encoded);
  return encoded;
}

/**
 * The script-integrity hash of a transaction that runs scripts of these languages: over redeemers and datums as they stand
 * in its witness set, and the cost models.
 *
 * Source: `hashScriptIntegrity` (Alonzo, `Tx.hs`), `getLanguageView` and `encodeLangViews` (Alonzo, `PParams.hs`).
 *
 * @returns `undefined` for a transaction that must state none.
 */
export function scriptIntegrityHash(
  { redeemersBytes, datumsBytes }: Pick<Transaction, 'redeemersBytes' | 'datumsBytes'>,
  languages: ReadonlySet<PlutusLanguage>,
  parameters: Pick<ProtocolParameters, 'costModels'>,
): string | undefined {
  if (redeemersBytes === undefined && datumsBytes === undefined && languages.size === 0) return undefined;
  const parts = [redeemersBytes ?? NO_REDEEMERS, datumsBytes ?? new Uint8Array()];
  return toHex(blake2b256(concatBytes([...parts, languageViews(languages, parameters)])));
}

/** The body names redeemers, datums and cost models by their hash. */
export const scriptIntegrity: Phase1Rule = {
  name: 'the script-integrity hash is over redeemers, datums and cost models',
  predicates: ['PPViewHashesDontMatch', 'ScriptIntegrityHashMismatch'],
  source: 'Alonzo Utxow `checkScriptIntegrityHash`, renamed from protocol version 11 on',
  check({ transaction, parameters, scripts: { plutusLanguages } }) {
    const expected = scriptIntegrityHash(transaction, plutusLanguages, parameters);
    const found = transaction.scriptDataHash;
    if (expected === found) return [];
    const rule =
      parameters.protocolVersion.major < 11 ? 'PPViewHashesDontMatch' : 'ScriptIntegrityHashMismatch';
    const message = `expected the script-integrity hash ${expected ?? 'to be absent'}, found ${found ?? 'none'}`;
    return [phase1(rule, message)];
  },
};
