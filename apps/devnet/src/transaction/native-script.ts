import { type CborNode, fromHex } from '@x402-facilitator/cardano';
import { contentHex, integer, isArray, itemsOf, readAccepted } from './cbor.js';

/** A native script in the JSON that cardano-cli and Blockfrost use. */
export type NativeScript =
  | { readonly type: 'sig'; readonly keyHash: string }
  | { readonly type: 'all' | 'any'; readonly scripts: readonly NativeScript[] }
  | { readonly type: 'atLeast'; readonly required: number; readonly scripts: readonly NativeScript[] }
  | { readonly type: 'after' | 'before'; readonly slot: number };

/**
 * Renders a native script as JSON.
 *
 * @throws Error when the hex is not a native script.
 */
export function nativeScriptJson(scriptHex: string): NativeScript {
  return render(readAccepted(fromHex(scriptHex) ?? new Uint8Array()));
}

function render(node: CborNode | undefined): NativeScript {
  if (!isArray(node)) throw new Error('expected a native script');
  const [kind, first, second] = node.items;
  switch (Number(integer(kind))) {
    case 0:
      return { type: 'sig', keyHash: contentHex(first) };
    case 1:
      return { type: 'all', scripts: itemsOf(first).map(render) };
    case 2:
      return { type: 'any', scripts: itemsOf(first).map(render) };
    case 3:
      return { type: 'atLeast', required: Number(integer(first)), scripts: itemsOf(second).map(render) };
    case 4:
      return { type: 'after', slot: Number(integer(first)) };
    case 5:
      return { type: 'before', slot: Number(integer(first)) };
    default:
      throw new Error(`expected a native script of kind 0 to 5, found ${integer(kind)}`);
  }
}
