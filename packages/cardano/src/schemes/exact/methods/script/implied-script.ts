import { DECODE_LIMITS } from '../../../../ledger/cbor/decode-limits.js';
import { encodeBytes, readCbor } from '../../../../ledger/cbor/index.js';
import { isPlutusProgram } from '../../../../ledger/check/validator.js';
import { applyParameters, plutusCodeOf } from '../../../../ledger/plutus/index.js';
import { fromHex, toHex } from '../../../../ledger/primitives/hex.js';
import {
  checkNativeScript,
  SCRIPT_LANGUAGES,
  type ScriptLanguage,
} from '../../../../ledger/transaction/decode/script.js';
import { Undecodable } from '../../../../ledger/transaction/decode/shape.js';
import { hashedScript } from '../../../../ledger/transaction/script-hash.js';
import { quote } from '../../../quote.js';
import { LIMITS } from './limits.js';
import { readParameters } from './parameters.js';

/** The script that requirements mean. */
export type ImpliedScript = {
  /** 28 bytes, lowercase hex. */
  readonly hash: string;
  /** Unknown when only the hash is given. */
  readonly language?: ScriptLanguage;
};

type Extra = Readonly<Record<string, unknown>>;

const SCRIPT_HASH = /^[0-9a-f]{56}$/;

/** What is wrong with bytes that should be a native script's. */
function nativeScriptProblem(code: Uint8Array): string | undefined {
  const outcome = readCbor(code, DECODE_LIMITS);
  if (outcome.kind === 'malformed') return outcome.message;
  try {
    checkNativeScript({ node: outcome.node, path: 'script', source: code });
    return undefined;
  } catch (error) {
    if (error instanceof Undecodable) return error.message;
    throw error;
  }
}

function nativeScript(code: Uint8Array, extra: Extra): ImpliedScript | string {
  const problem = nativeScriptProblem(code);
  if (problem !== undefined) return `script.code: expected the CBOR of a native script, found ${problem}`;
  const parameters = readParameters(extra.parameters);
  if (typeof parameters === 'string') return parameters;
  if (parameters.length > 0)
    return `parameters: expected none for a native script, found ${parameters.length}`;
  return { hash: hashedScript('native', code).hash, language: 'native' };
}

function plutusScript(
  language: Exclude<ScriptLanguage, 'native'>,
  code: Uint8Array,
  extra: Extra,
): ImpliedScript | string {
  const { program, script } = plutusCodeOf(code);
  const parameters = readParameters(extra.parameters);
  if (typeof parameters === 'string') return parameters;
  const applied = applyParameters(program, parameters);
  if (typeof applied === 'string')
    return `script.code: expected a Plutus program, found something else: ${applied}`;
  // Without parameters the bytes are the seller's own: written again, they could have another hash.
  const bytes = parameters.length === 0 ? script : encodeBytes(applied);
  if (!isPlutusProgram(toHex(bytes))) return 'script.code: expected a Plutus program, found something else';
  return { hash: hashedScript(language, bytes).hash, language };
}

function inlineScript(given: unknown, extra: Extra): ImpliedScript | string {
  if (typeof given !== 'object' || given === null || !('type' in given) || !('code' in given))
    return `script: expected {"type", "code"}, found ${quote(given)}`;
  const language = SCRIPT_LANGUAGES.find((name) => name === given.type);
  if (language === undefined)
    return `script.type: expected ${SCRIPT_LANGUAGES.join(', ')}, found ${quote(given.type)}`;
  const { code } = given;
  if (typeof code === 'string' && code.length > 2 * LIMITS.scriptBytes)
    return `script.code: expected at most ${LIMITS.scriptBytes} bytes, found ${code.length} characters`;
  const bytes = typeof code === 'string' ? fromHex(code) : undefined;
  if (bytes === undefined || bytes.length === 0)
    return `script.code: expected the hex of a script, found ${quote(code)}`;
  return language === 'native' ? nativeScript(bytes, extra) : plutusScript(language, bytes, extra);
}

/**
 * The script that `extra.scriptHash`, or `extra.script` with `extra.parameters` applied, stands for. When both are given
 * they must agree.
 *
 * @returns what is wrong, beginning with its path inside `extra`, as a string.
 */
export function impliedScript(extra: Extra): ImpliedScript | string {
  const { scriptHash, script } = extra;
  if (scriptHash !== undefined && (typeof scriptHash !== 'string' || !SCRIPT_HASH.test(scriptHash)))
    return `scriptHash: expected 28 bytes in lowercase hex, found ${quote(scriptHash)}`;
  if (script === undefined)
    return scriptHash === undefined ? 'expected scriptHash or script, found neither' : { hash: scriptHash };
  const implied = inlineScript(script, extra);
  if (typeof implied === 'string' || scriptHash === undefined || implied.hash === scriptHash) return implied;
  return `scriptHash: expected the hash of script with its parameters applied, ${implied.hash}, found ${scriptHash}`;
}
