import { blake2b224, fromHex, type ReferenceScript, toHex } from '@x402-facilitator/cardano';
import { LRUCache } from 'lru-cache';
import { askForOneself } from '../budget/index.js';
import type { JsonReader } from '../http/index.js';
import { ChainProviderError } from '../provider/index.js';
import { nativeScriptEncodings } from './native-script.js';
import { scriptCborSchema, scriptJsonSchema, scriptSchema } from './schemas.js';

type Language = ReferenceScript['language'];

/** What Blockfrost calls each language, and the byte that the ledger puts before a script to hash it. */
const LANGUAGES: Readonly<Record<string, { readonly language: Language; readonly hashTag: number }>> = {
  timelock: { language: 'native', hashTag: 0 },
  plutusV1: { language: 'plutusV1', hashTag: 1 },
  plutusV2: { language: 'plutusV2', hashTag: 2 },
  plutusV3: { language: 'plutusV3', hashTag: 3 },
};
const MAX_CACHED = 256;

/** Reads a script by its hash. */
export type ReferenceScriptReader = (hash: string, read: JsonReader) => Promise<ReferenceScript>;

/**
 * Makes a reader of the scripts that outputs carry. A script never changes under its hash, so each is read once.
 *
 * Blockfrost's `cbor` field comes with or without the outer byte-string wrapper, and native scripts come only as JSON.
 * The bytes that this returns are those that hash to `hash`.
 *
 * @throws ChainProviderError when the script is not known to the provider or none of its forms has that hash.
 */
export function createReferenceScriptReader(provider: string): ReferenceScriptReader {
  const cache = new LRUCache<string, Promise<ReferenceScript>>({ max: MAX_CACHED });

  const fetchScript: ReferenceScriptReader = async (hash, read) => {
    const fail = (what: string) =>
      new ChainProviderError(`${provider} script ${hash}: ${what}`, {
        provider,
        operation: 'script',
        outcome: 'malformed',
      });
    const description = await read('script', `/scripts/${hash}`, scriptSchema);
    if (description === undefined) throw fail('an output carries it, but the provider does not know it');
    const known = Object.hasOwn(LANGUAGES, description.type) ? LANGUAGES[description.type] : undefined;
    if (known === undefined) throw fail(`expected a known script language, found ${description.type}`);
    const candidates =
      known.language === 'native'
        ? nativeScriptEncodings((await read('script_json', `/scripts/${hash}/json`, scriptJsonSchema))?.json)
        : plutusForms((await read('script_cbor', `/scripts/${hash}/cbor`, scriptCborSchema))?.cbor);
    const bytes = candidates.find((candidate) => scriptHash(known.hashTag, candidate) === hash);
    if (bytes === undefined) throw fail('no form of what the provider gave has this hash');
    return { hash, language: known.language, bytes };
  };

  const readOnce: ReferenceScriptReader = (hash, read) => {
    const cached = cache.get(hash);
    if (cached !== undefined)
      return cached.catch((error) => askForOneself(error, () => readOnce(hash, read)));
    const pending = fetchScript(hash, read);
    cache.set(hash, pending);
    pending.catch(() => cache.delete(hash));
    return pending;
  };
  return readOnce;
}

function plutusForms(cbor: string | null | undefined): readonly string[] {
  if (cbor === null || cbor === undefined) return [];
  const unwrapped = unwrapByteString(cbor);
  return unwrapped === undefined ? [cbor] : [cbor, unwrapped];
}

/** The content of a CBOR byte string of definite length, as hex; `undefined` for anything else. */
function unwrapByteString(cbor: string): string | undefined {
  const first = Number.parseInt(cbor.slice(0, 2), 16);
  if (first >> 5 !== 2) return undefined;
  const info = first & 0x1f;
  const lengthBytes = info < 24 ? 0 : ({ 24: 1, 25: 2, 26: 4 }[info] ?? -1);
  if (lengthBytes < 0) return undefined;
  const contentStart = 2 + lengthBytes * 2;
  const length = lengthBytes === 0 ? info : Number.parseInt(cbor.slice(2, contentStart), 16);
  const content = cbor.slice(contentStart);
  return content.length === length * 2 ? content : undefined;
}

function scriptHash(tag: number, bytes: string): string {
  return toHex(blake2b224(Uint8Array.from([tag, ...(fromHex(bytes) ?? [])])));
}
