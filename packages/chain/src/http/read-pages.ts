import { outRefKey } from '@x402-facilitator/cardano';
import type { UnspentOutput } from '../provider/index.js';

/** Far more than any wallet in use has: a longer listing is taken for one that never ends. */
const MAX_PAGES = 100;

/**
 * Reads a listing page by page until one is not full. A listing may shift while it is read, so a row may come twice.
 *
 * @param read the rows of a page, pages from 1.
 * @param endless what to throw when the listing does not end.
 */
export async function readPages<Row>(options: {
  readonly pageSize: number;
  readonly read: (page: number) => Promise<readonly Row[]>;
  readonly endless: (pages: number) => Error;
}): Promise<readonly Row[]> {
  const { pageSize, read, endless } = options;
  const rows: Row[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const found = await read(page);
    rows.push(...found);
    if (found.length < pageSize) return rows;
  }
  throw endless(MAX_PAGES);
}

/** Each output once, for a listing that shifted while it was read. */
export function eachOnce(outputs: readonly UnspentOutput[]): readonly UnspentOutput[] {
  return [...new Map(outputs.map((output) => [outRefKey(output.outRef), output])).values()];
}
