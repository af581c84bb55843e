import { encodeHead, toHex } from '@x402-facilitator/cardano';
import { z } from 'zod';

/** A native script in the JSON form that cardano-cli and Blockfrost use. */
type NativeScriptJson =
  | { readonly type: 'sig'; readonly keyHash: string }
  | { readonly type: 'all' | 'any'; readonly scripts: readonly NativeScriptJson[] }
  | { readonly type: 'atLeast'; readonly required: number; readonly scripts: readonly NativeScriptJson[] }
  | { readonly type: 'after' | 'before'; readonly slot: number };

const nativeScript: z.ZodType<NativeScriptJson> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('sig'), keyHash: z.string().regex(/^[0-9a-f]{56}$/) }),
    z.object({ type: z.enum(['all', 'any']), scripts: z.array(nativeScript) }),
    z.object({ type: z.literal('atLeast'), required: z.int(), scripts: z.array(nativeScript) }),
    z.object({ type: z.enum(['after', 'before']), slot: z.int().nonnegative() }),
  ]),
);

const TAG = { sig: 0, all: 1, any: 2, atLeast: 3, after: 4, before: 5 } as const;

/**
 * The encodings that a native script may have on the chain, as hex. The JSON form does not tell which one its
 * author chose, so the caller compares hashes.
 *
 * @returns an empty list for JSON that is not a native script.
 */
export function nativeScriptEncodings(json: unknown): readonly string[] {
  const parsed = nativeScript.safeParse(json);
  if (!parsed.success) return [];
  return [encode(parsed.data, 'definite'), encode(parsed.data, 'indefinite')];
}

type ListForm = 'definite' | 'indefinite';

function encode(script: NativeScriptJson, form: ListForm): string {
  const tag = head(0, TAG[script.type]);
  switch (script.type) {
    case 'sig':
      return head(4, 2) + tag + head(2, script.keyHash.length / 2) + script.keyHash;
    case 'all':
    case 'any':
      return head(4, 2) + tag + list(script.scripts, form);
    case 'atLeast': {
      const required = script.required < 0 ? head(1, -1 - script.required) : head(0, script.required);
      return head(4, 3) + tag + required + list(script.scripts, form);
    }
    case 'after':
    case 'before':
      return head(4, 2) + tag + head(0, script.slot);
  }
}

function list(scripts: readonly NativeScriptJson[], form: ListForm): string {
  const items = scripts.map((script) => encode(script, form)).join('');
  return form === 'definite' ? head(4, scripts.length) + items : `9f${items}ff`;
}

const head = (majorType: number, argument: number) => toHex(encodeHead(majorType, BigInt(argument)));
