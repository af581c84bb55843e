import { x402Client, x402HTTPClient } from '@x402/core/client';
import type { PaymentRequired, PaymentRequirements, SchemeNetworkClient } from '@x402/core/types';
import type { Network, OutRefKey } from '@x402-facilitator/cardano/ledger';
import { printable } from '../printable.js';
import { payloadOf } from './exact-cardano-client.js';
import type { PurchaseRecord } from './record.js';
import { type SigningOptions, signPurchase } from './sign-purchase.js';

/** The x402 extension by which a payment names itself, so that a repeated one is known for the same. */
export const PAYMENT_IDENTIFIER = 'payment-identifier';
const PAYMENT_SIGNATURE = 'PAYMENT-SIGNATURE';

/**
 * Signs a payment for a 402 and makes its header. Both are recorded before they are returned.
 *
 * @param onPrice is told what will be paid, before it is signed.
 */
export async function makePayment(
  options: SigningOptions,
  required: PaymentRequired,
  purpose: {
    readonly id: string;
    readonly what: string;
    readonly url: string;
    readonly body: Uint8Array;
    readonly mustSpend?: ReadonlySet<OutRefKey> | undefined;
    readonly onPrice: (price: PaymentRequirements) => void;
  },
): Promise<PurchaseRecord> {
  let signed: PurchaseRecord | undefined;
  const scheme: SchemeNetworkClient = {
    scheme: 'exact',
    async createPaymentPayload(x402Version, requirements, context) {
      purpose.onPrice(requirements);
      const { payment, record } = await signPurchase(options, requirements, context?.extensions, purpose);
      signed = record;
      return payloadOf(x402Version, payment);
    },
  };
  // The limits are held against the transaction, which says more than the price.
  const client = new x402Client()
    .register(options.wallet.network, scheme)
    .setSpendControls({ allowedAssets: true });
  const http = new x402HTTPClient(client);
  expectPriceOn(options.wallet.network, required);
  const payload = await http.createPaymentPayload(required);
  if (signed === undefined) throw new Error('expected a payment on Cardano, found another');
  const headers = http.encodePaymentSignatureHeader({
    ...payload,
    ...identified(payload.extensions, required.extensions, signed.id),
  });
  const signature = Object.entries(headers).find(([name]) => name.toUpperCase() === PAYMENT_SIGNATURE)?.[1];
  if (signature === undefined) throw new Error('expected a payment of x402 version 2, found another');
  const record = { ...signed, signature };
  await options.store.save(record);
  return record;
}

/** The public client says the same in a page of JSON. */
function expectPriceOn(network: Network, { accepts }: PaymentRequired): void {
  const exact = accepts.filter(({ scheme }) => scheme === 'exact').map((price) => price.network);
  if (exact.some((each) => each === network)) return;
  const found =
    exact.length === 0 ? 'no price of the scheme "exact"' : printable([...new Set(exact)].join(', '));
  throw new Error(`expected a price on ${network}, where this wallet is, found ${found}`);
}

/** Names the payment where the server knows the extension. */
function identified(
  extensions: Record<string, unknown> | undefined,
  offered: Record<string, unknown> | undefined,
  id: string,
): { readonly extensions?: Record<string, unknown> } {
  const declared = offered?.[PAYMENT_IDENTIFIER];
  if (typeof declared !== 'object' || declared === null)
    return extensions === undefined ? {} : { extensions };
  const info: unknown = Reflect.get(declared, 'info');
  const known = typeof info === 'object' && info !== null ? info : {};
  return { extensions: { ...extensions, [PAYMENT_IDENTIFIER]: { ...declared, info: { ...known, id } } } };
}
