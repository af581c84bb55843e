import { DECODE_LIMITS } from '../../cbor/decode-limits.js';
import { readCbor } from '../../cbor/index.js';
import {
  bytes,
  HASH28,
  hash,
  type Item,
  integer,
  list,
  MAX_INT64,
  MIN_INT64,
  rawBytes,
  refuse,
  Undecodable,
  unsigned,
} from './shape.js';

/** The languages of a script by the number that marks them in `script_ref` and in front of a hash. */
export const SCRIPT_LANGUAGES = ['native', 'plutusV1', 'plutusV2', 'plutusV3'] as const;
export type ScriptLanguage = (typeof SCRIPT_LANGUAGES)[number];

/** Refuses anything but a native script (CDDL `native_script`). */
export function checkNativeScript(item: Item): void {
  const [kind, ...rest] = list(item);
  if (kind === undefined) refuse(item, 'a native script');
  const operand = (index: number, count: number): Item => {
    const found = rest[index];
    if (found === undefined || rest.length !== count)
      return refuse(item, `a native script with ${count} operands`);
    return found;
  };
  switch (unsigned(kind)) {
    case 0n:
      hash(operand(0, 1), HASH28);
      return;
    case 1n:
    case 2n:
      for (const element of list(operand(0, 1))) checkNativeScript(element);
      return;
    case 3n:
      integer(operand(0, 2), MIN_INT64, MAX_INT64);
      for (const element of list(operand(1, 2))) checkNativeScript(element);
      return;
    case 4n:
    case 5n:
      unsigned(operand(0, 1));
      return;
    default:
      refuse(kind, 'a kind of native script from 0 to 5');
  }
}

/** Reads bytes that hold exactly one CBOR item inside a larger one. */
export function embeddedItem(item: Item, content: Uint8Array): Item {
  const outcome = readCbor(content, DECODE_LIMITS);
  if (!outcome.ok) throw new Undecodable(`${item.path}: ${outcome.error.message}`);
  return { node: outcome.value, path: item.path, source: content };
}

/** Takes `[language, script]` apart. For a native script the bytes are its CBOR, else they are the program's own. */
export function scriptOf(item: Item): { readonly language: ScriptLanguage; readonly bytes: Uint8Array } {
  const [languageItem, script] = list(item);
  if (languageItem === undefined || script === undefined || list(item).length !== 2) {
    return refuse(item, '[language, script]');
  }
  const language = SCRIPT_LANGUAGES[Number(unsigned(languageItem))];
  if (language === undefined) return refuse(languageItem, 'a script language from 0 to 3');
  if (language !== 'native') return { language, bytes: bytes(script) };
  checkNativeScript(script);
  return { language, bytes: rawBytes(script) };
}
