import type { SponsorshipStore } from '@x402-facilitator/journal';
import { isoTime } from '../wire/index.js';

/** The wallet's pool and its books, amounts in lovelace as text. Null if the wallet never kept a pool. */
export async function describeWallet(store: Pick<SponsorshipStore, 'readPool' | 'counts' | 'books'>) {
  const [published, counts, books] = await Promise.all([store.readPool(), store.counts(), store.books()]);
  const pool = published.ok ? published.value : undefined;
  const isUnused = books.ok && books.value.reservedCount === 0 && books.value.poolCount === 0;
  if (published.ok && pool === undefined && isUnused) return null;
  const noPool = published.ok
    ? 'no worker keeps a pool'
    : `the record of the pool cannot be read: ${published.error}`;
  return {
    address: pool?.changeAddress ?? null,
    publishedAt: pool === undefined ? null : isoTime(pool.publishedAtMs),
    breaker: pool === undefined ? noPool : (pool.breaker ?? null),
    pool: { ...counts },
    books: books.ok
      ? Object.fromEntries(
          Object.entries(books.value).map(([name, value]) => [
            name,
            typeof value === 'bigint' ? value.toString() : value,
          ]),
        )
      : null,
    ...(books.ok ? {} : { booksUnreadable: books.error }),
  };
}

export type WalletReport = NonNullable<Awaited<ReturnType<typeof describeWallet>>>;

/** The same for people. */
export function walletLines({
  address,
  breaker,
  pool,
  books,
  booksUnreadable,
}: WalletReport): readonly string[] {
  const state = breaker === null ? '' : `; lends nothing: ${breaker}`;
  return [
    `  pool       free ${pool.free}, reserved ${pool.reserved}, on its way ${pool.bound}${state}`,
    `  wallet     ${address ?? 'unknown'}`,
    books === null
      ? `  spent      the books cannot be read, and nothing is sponsored: ${booksUnreadable}`
      : `  spent      ${books.spentFeeLovelace} lovelace on fees, ${books.spentLentLovelace} lent, ${books.poolFeeLovelace} on its own transactions`,
  ];
}
