import { decodeTransaction, type PaymentRequest } from '@x402-facilitator/cardano';
import { MERCHANT, PAYER, type PaymentChanges, PRICE } from '@x402-facilitator/cardano/testing';
import { createDeniedParties } from '@x402-facilitator/journal';
import { readDenyEntry } from '@x402-facilitator/shared/screening';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Harness, post, type RunningApi, startHarness } from './index.js';

export const DENIED = 'exact_cardano_facilitator_screening_denied';

/** APIs that screen, on one Redis that each test finds empty. Call it once in a file, outside of its tests. */
export function useScreening() {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  beforeEach(() => harness.redis.flushdb());
  afterAll(() => harness.close());

  async function deny(...names: readonly string[]) {
    const denied = createDeniedParties(harness.redis);
    for (const name of names) {
      const entry = readDenyEntry(name);
      if (!entry.ok) throw new Error(entry.error);
      const { text, credentials } = entry.value;
      await denied.deny({ entry: text, credentials, reason: 'a test', atMs: Date.now() });
    }
  }

  const startScreening = (env: Readonly<Record<string, string>> = {}) =>
    harness.startApi({ X402_SCREENING__ENABLED: 'true', ...env });

  return { harness: () => harness, deny, startScreening };
}

export type Draft = Parameters<NonNullable<PaymentChanges['transaction']>>[0];

/** The price, and the rest to another address or with more in it than the payer's output holds. */
export function outputsOf(
  { spec, source }: Draft,
  change: { readonly to?: Uint8Array; readonly change?: Uint8Array; readonly more?: bigint },
) {
  const { to = MERCHANT.addressBytes(0), change: rest = PAYER.addressBytes(0), more = 0n } = change;
  const left = source.lovelace + more - PRICE - spec.fee;
  return [
    { address: to, lovelace: PRICE },
    { address: rest, lovelace: left },
  ];
}

export function txHashOf({ paymentPayload }: PaymentRequest) {
  const decoded = decodeTransaction(Buffer.from(String(paymentPayload.payload.transaction), 'base64'));
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value.id;
}

export const verify = async ({ url }: RunningApi, request: PaymentRequest) =>
  (await post(`${url}/verify`, request)).body;
export const settle = ({ url }: RunningApi, request: PaymentRequest) =>
  post(`${url}/settle`, request, { prefer: 'respond-async' });
