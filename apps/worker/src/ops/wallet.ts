import type { SponsorshipStore } from '@x402-facilitator/journal';
import { isoTime } from '@x402-facilitator/shared/wire';

/** The wallet's pool and its books, amounts in lovelace as text. Null if the wallet never kept a pool. */
export async function describeWallet(store: Pick<SponsorshipStore, 'readPool' | 'counts' | 'books'>) {
  const [pool, counts, books] = await Promise.all([store.readPool(), store.counts(), store.books()]);
  if (pool === undefined && books.reservedCount === 0 && books.poolCount === 0) return null;
  return {
    address: pool?.changeAddress ?? null,
    publishedAt: pool === undefined ? null : isoTime(pool.publishedAtMs),
    breaker: pool === undefined ? 'no worker keeps a pool' : (pool.breaker ?? null),
    pool: { ...counts },
    books: Object.fromEntries(
      Object.entries(books).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? value.toString() : value,
      ]),
    ),
  };
}

type Wallet = NonNullable<Awaited<ReturnType<typeof describeWallet>>>;

/** The same for people. */
export function walletLines({ address, breaker, pool, books }: Wallet): readonly string[] {
  const state = breaker === null ? '' : `; lends nothing: ${breaker}`;
  return [
    `  pool       free ${pool.free}, reserved ${pool.reserved}, on its way ${pool.bound}${state}`,
    `  wallet     ${address ?? 'unknown'}`,
    `  spent      ${books.spentFeeLovelace} lovelace on fees, ${books.spentLentLovelace} lent, ${books.poolFeeLovelace} on its own transactions`,
  ];
}
