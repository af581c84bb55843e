import { type AssetId, LOVELACE } from '@x402-facilitator/cardano/ledger';
import { refuse } from '../refused-payment-error.js';

/** The most of one asset that may leave the wallet, in atomic units (lovelace for ADA). */
export type AssetLimits = {
  readonly perPayment?: bigint | undefined;
  /** In any 24 hours, to all sellers together. */
  readonly perDay?: bigint | undefined;
  /** In any 24 hours, to one seller. */
  readonly perSellerDay?: bigint | undefined;
};

/**
 * What may leave the wallet, by asset. An asset that is not named is not paid with. ADA that is not named leaves only as
 * the fee of a payment in tokens and as what its output must hold.
 *
 * `'unlimited'` signs for any price, of any asset.
 */
export type SpendLimits = Readonly<Record<string, AssetLimits>> | 'unlimited';

/** What a payment took out of the wallet, by asset. */
export type Loss = ReadonlyMap<AssetId, bigint>;

/** A payment of the past. */
export type Spent = {
  readonly atMs: number;
  /** Names of its seller: the address that was paid, and where the resource is. */
  readonly sellers: readonly string[];
  readonly loss: Loss;
};

export const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Holds limits against what a finished transaction takes out of the wallet.
 *
 * @param loss by asset, with the fee and the ADA that outputs must hold.
 * @throws RefusedPaymentError
 */
export function assertWithinLimits(
  loss: Loss,
  limits: SpendLimits,
  context: {
    readonly price: AssetId;
    readonly sellers: readonly string[];
    /** Of the last 24 hours at least. */
    readonly spent: readonly Spent[];
    readonly nowMs: number;
  },
): void {
  if (limits === 'unlimited') return;
  const today = context.spent.filter(({ atMs }) => atMs > context.nowMs - DAY_MS);
  const toSeller = today.filter(({ sellers }) => sellers.some((name) => context.sellers.includes(name)));
  if (!Object.hasOwn(limits, context.price))
    refuse(
      `expected a price in ${Object.keys(limits).join(', ') || 'no asset'}, as the spend limits say, found ${context.price}`,
    );
  for (const [asset, lost] of loss) {
    const limit = Object.hasOwn(limits, asset) ? limits[asset] : undefined;
    if (limit === undefined) continue;
    const sumOf = (payments: readonly Spent[]) =>
      payments.reduce((sum, payment) => sum + (payment.loss.get(asset) ?? 0n), lost);
    within(lost, limit.perPayment, `${asset} to leave the wallet`, 'in the transaction');
    within(sumOf(today), limit.perDay, `${asset} to leave the wallet in a day`, 'with this transaction');
    within(
      sumOf(toSeller),
      limit.perSellerDay,
      `${asset} to go to this seller in a day`,
      'with this transaction',
    );
  }
}

function within(lost: bigint, limit: bigint | undefined, what: string, where: string): void {
  if (limit !== undefined && lost > limit)
    refuse(
      `expected at most ${limit} ${what}, as the spend limit says, found ${lost} ${where}, with its fee and the ADA ` +
        'that outputs must hold',
    );
}

/**
 * Reads an amount as a person writes it: `2ADA`, `1.5 ADA`, `250000 lovelace`, or atomic units of a token, `10 POLICY.NAME`.
 *
 * @returns `undefined` for any other form.
 */
export function parseAmount(text: string): { readonly asset: string; readonly amount: bigint } | undefined {
  const ada = /^(\d{1,11})(?:\.(\d{1,6}))?\s*ada$/i.exec(text.trim());
  if (ada !== null)
    return {
      asset: LOVELACE,
      amount: BigInt(ada[1] ?? '0') * 1_000_000n + BigInt((ada[2] ?? '').padEnd(6, '0')),
    };
  const units = /^(\d{1,20})\s*(lovelace|[0-9a-f]{56}\.(?:[0-9a-f]{2}){0,32})$/.exec(text.trim());
  return units === null ? undefined : { asset: units[2] ?? '', amount: BigInt(units[1] ?? '0') };
}
