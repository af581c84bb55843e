import { outRefKey } from '@x402-facilitator/cardano/ledger';
import { ChainUnreachableError, type WalletOutput } from './chain-reader.js';

export const PAGE_SIZE = 100;
/** Far more than a wallet has: a longer listing is taken for one that never ends. */
const MAX_PAGES = 100;

/** Reads a listing to its end. It may shift while it is read, so each output is told once. */
export async function readPages(
  read: (page: number) => Promise<{ readonly isLast: boolean; readonly outputs: readonly WalletOutput[] }>,
): Promise<readonly WalletOutput[]> {
  const found = new Map<string, WalletOutput>();
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { outputs, isLast } = await read(page);
    for (const output of outputs) found.set(outRefKey(output.outRef), output);
    if (isLast) return [...found.values()];
  }
  throw new ChainUnreachableError(`a listing of more than ${MAX_PAGES} pages`);
}
