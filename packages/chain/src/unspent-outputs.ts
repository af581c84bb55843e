import { outRefKey } from '@x402-facilitator/cardano';
import type { UnspentOutput } from './provider.js';

/** Each output once: a page that shifted while the listing was read shows one twice. */
export function eachOnce(outputs: readonly UnspentOutput[]): readonly UnspentOutput[] {
  return [...new Map(outputs.map((output) => [outRefKey(output.outRef), output])).values()];
}
