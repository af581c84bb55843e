import { bytesToHex } from '@noble/hashes/utils.js';
import type { PaymentRequirements } from '@x402/core/types';
import type { OutRefKey } from '@x402-facilitator/cardano/ledger';
import {
  type CardanoWallet,
  DAY_MS,
  NotEnoughAdaError,
  type SignedPayment,
  type SpendLimits,
  sellerIn,
} from '../payment/index.js';
import { askForSponsorship, type FeeSponsorship, sponsorshipUrlOf } from '../sponsorship/index.js';
import { type PurchaseRecord, recordedPayment, spentBy } from './record.js';
import type { PurchaseStore } from './store.js';

export type SigningOptions = {
  readonly wallet: CardanoWallet;
  readonly limits: SpendLimits;
  readonly store: PurchaseStore;
  readonly now: () => number;
  readonly fetch: typeof globalThis.fetch;
  /** How long a sponsor may take to answer. */
  readonly sponsorTimeoutMs?: number | undefined;
};

/** What a payment is for. */
export type Purpose = {
  readonly id: string;
  readonly what: string | null;
  readonly url: string | null;
  /** The body of the request that is paid for. */
  readonly body: Uint8Array | null;
  /** These inputs must be spent, so that this payment and earlier ones that spend them exclude each other. */
  readonly mustSpend?: ReadonlySet<OutRefKey> | undefined;
};

/** A fresh name for a purchase. */
export function newPurchaseId(): string {
  return bytesToHex(globalThis.crypto.getRandomValues(new Uint8Array(16)));
}

/**
 * Signs a payment and records it before anyone sees it. A wallet that lacks only ADA asks the facilitator to pay the fee, if the
 * server offers it.
 *
 * @param extensions those of the server's 402.
 */
export async function signPurchase(
  options: SigningOptions,
  requirements: PaymentRequirements,
  extensions: Readonly<Record<string, unknown>> | undefined,
  purpose: Purpose,
): Promise<{ readonly payment: SignedPayment; readonly record: PurchaseRecord }> {
  // No facilitator pays the fee of another method.
  const isDefault = (requirements.extra.assetTransferMethod ?? 'default') === 'default';
  const sponsorUrl = isDefault ? sponsorshipUrlOf(extensions) : undefined;
  try {
    return await signAndRecord(options, requirements, purpose, undefined);
  } catch (error) {
    if (sponsorUrl === undefined || !(error instanceof NotEnoughAdaError)) throw error;
    const sponsorship = await askForSponsorship({
      url: sponsorUrl,
      requirements,
      payer: options.wallet.address,
      fetch: options.fetch,
      timeoutMs: options.sponsorTimeoutMs,
    });
    return signAndRecord(options, requirements, purpose, sponsorship);
  }
}

function signAndRecord(
  { wallet, limits, store, now }: SigningOptions,
  requirements: PaymentRequirements,
  { id, what, url, body, mustSpend }: Purpose,
  sponsorship: FeeSponsorship | undefined,
): Promise<{ readonly payment: SignedPayment; readonly record: PurchaseRecord }> {
  return store.exclusively(async () => {
    const records = await recentOf(store, now());
    const sellers = [sellerIn(requirements), ...(url === null ? [] : [new URL(url).origin])];
    const payment = await wallet.sign(requirements, {
      limits,
      sellers,
      spent: spentBy(records),
      held: inputsInUse(records, now()),
      mustSpend,
      sponsorship,
      request: url === null || body === null ? undefined : { url, body },
    });
    const { network, asset, amount, payTo } = requirements;
    const record: PurchaseRecord = {
      version: 1,
      id,
      what,
      url,
      state: 'open',
      signedAtMs: now(),
      sellers,
      price: { network, asset, amount, payTo },
      payment: recordedPayment(payment),
      signature: null,
    };
    await store.save(record);
    return { payment, record };
  });
}

/** The records that still matter. What has ended and counts for no limit any more is forgotten. */
async function recentOf(store: PurchaseStore, nowMs: number): Promise<readonly PurchaseRecord[]> {
  const records = await store.list();
  const isOld = ({ state, signedAtMs, payment }: PurchaseRecord) =>
    state !== 'open' && Math.max(signedAtMs, payment.validToMs) < nowMs - 2 * DAY_MS;
  await Promise.all(records.filter(isOld).map(({ id }) => store.remove(id)));
  return records.filter((record) => !isOld(record));
}

/** Inputs of payments that may still be included, or were just now. */
function inputsInUse(records: readonly PurchaseRecord[], nowMs: number): ReadonlySet<OutRefKey> {
  return new Set(
    records
      .filter(
        ({ state, payment }) => (state === 'open' || state === 'delivered') && payment.validToMs > nowMs,
      )
      .flatMap(({ payment }) => payment.inputs),
  );
}
