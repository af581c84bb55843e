/** Far above every wallet that is used as one: a listing that does not end is no listing. */
const MAX_PAGES = 100;

/**
 * Reads a listing page by page until one is not full. A listing may shift while it is read; whoever needs each row once
 * has to see to it.
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
