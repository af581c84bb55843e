import { z } from 'zod';
import { DECODE_LIMITS } from '../../../../ledger/cbor/decode-limits.js';
import { encodeBytes, readCbor } from '../../../../ledger/cbor/index.js';
import { isWellFormedScript } from '../../../../ledger/phase-2/well-formed-script.js';
import { applyParameters, plutusCodeOf } from '../../../../ledger/plutus/index.js';
import {
  checkNativeScript,
  SCRIPT_LANGUAGES,
  type ScriptLanguage,
} from '../../../../ledger/transaction/decode/script.js';
import { Undecodable } from '../../../../ledger/transaction/decode/shape.js';
import { hashedScript } from '../../../../ledger/transaction/script-hash.js';
import { DONE, err, ok, type Result } from '../../../../result.js';
import { type Refusal, refuse } from '../../../refusal.js';
import { hexBytes, parseShape, text, told } from '../../../shape.js';
import { ADDRESS_MISMATCH, EXTRA, REQUIREMENTS } from './codes.js';
import { LIMITS, readParameters } from './parameters.js';

/** The script that requirements mean. */
export type ImpliedScript = {
  /** 28 bytes, lowercase hex. */
  readonly hash: string;
  /** Unknown when only the hash is given. */
  readonly language?: ScriptLanguage;
};

type Extra = Readonly<Record<string, unknown>>;

/** A seller may ask for a contract before the protocol version that can run it: any version's programs are programs. */
const ANY_PROTOCOL_VERSION = Number.POSITIVE_INFINITY;

const code = hexBytes(
  /^[0-9a-fA-F]+$/,
  2 * LIMITS.scriptBytes,
  `the hex of a script of at most ${LIMITS.scriptBytes} bytes`,
);

/** What `extra` says about the script, its form checked and nothing else. */
const declaredSchema = z.object({
  scriptHash: text(/^[0-9a-f]{56}$/, 56, '28 bytes in lowercase hex').optional(),
  script: z
    .object(
      { type: z.enum(SCRIPT_LANGUAGES, told(SCRIPT_LANGUAGES.join(', '))), code },
      told('{"type", "code"}'),
    )
    .optional(),
});

/** Checks that bytes are a native script. */
function checkNative(code: Uint8Array): Result<undefined, string> {
  const outcome = readCbor(code, DECODE_LIMITS);
  if (!outcome.ok) return err(outcome.error.message);
  try {
    checkNativeScript({ node: outcome.value, path: 'script', source: code });
    return DONE;
  } catch (error) {
    if (error instanceof Undecodable) return err(error.message);
    throw error;
  }
}

function nativeScript(code: Uint8Array, extra: Extra): Result<ImpliedScript, string> {
  const native = checkNative(code);
  if (!native.ok) return err(`script.code: expected the CBOR of a native script, found ${native.error}`);
  const parameters = readParameters(extra.parameters);
  if (!parameters.ok) return parameters;
  if (parameters.value.length > 0)
    return err(`parameters: expected none for a native script, found ${parameters.value.length}`);
  return ok({ hash: hashedScript('native', code).hash, language: 'native' });
}

function plutusScript(
  language: Exclude<ScriptLanguage, 'native'>,
  code: Uint8Array,
  extra: Extra,
): Result<ImpliedScript, string> {
  const { program, script } = plutusCodeOf(code);
  const parameters = readParameters(extra.parameters);
  if (!parameters.ok) return parameters;
  const applied = applyParameters(program, parameters.value);
  if (!applied.ok)
    return err(`script.code: expected a Plutus program, found something else: ${applied.error}`);
  // Without parameters the bytes are the seller's own: written again, they could have another hash.
  const bytes = parameters.value.length === 0 ? script : encodeBytes(applied.value);
  // What the newest protocol version can run may be paid into: only spending it runs the program.
  if (!isWellFormedScript(language, bytes, ANY_PROTOCOL_VERSION))
    return err('script.code: expected a Plutus program, found something else');
  return ok({ hash: hashedScript(language, bytes).hash, language });
}

/**
 * The script that `extra.scriptHash` names, or `extra.script` with `extra.parameters` applied. If both are given they must
 * agree. Where they do not, or neither is given, no address can be the script's.
 */
export function impliedScript(extra: Extra): Result<ImpliedScript, Refusal> {
  const declared = parseShape(declaredSchema, extra, EXTRA);
  if (!declared.ok) return refuse(REQUIREMENTS, declared.error);
  const { scriptHash, script } = declared.value;
  if (script === undefined)
    return scriptHash === undefined
      ? refuse(ADDRESS_MISMATCH, `${EXTRA}: expected scriptHash or script, found neither`)
      : ok({ hash: scriptHash });
  const { type, code: bytes } = script;
  const implied = type === 'native' ? nativeScript(bytes, extra) : plutusScript(type, bytes, extra);
  if (!implied.ok) return refuse(REQUIREMENTS, `${EXTRA}.${implied.error}`);
  const { hash } = implied.value;
  if (scriptHash === undefined || hash === scriptHash) return implied;
  const expected = `the hash of script with its parameters applied, ${hash}`;
  return refuse(ADDRESS_MISMATCH, `${EXTRA}.scriptHash: expected ${expected}, found ${scriptHash}`);
}
