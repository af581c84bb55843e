import type { PaymentRequirements } from '@x402/core/types';
import { type Bought, NotEnoughAdaError, RefusedPaymentError } from '@x402-facilitator/client';
import { StorageRefusedError } from './browser-store.js';
import { reasonOf, WalletRefusedError } from './connect.js';
import { button, plainText } from './dom.js';
import { PriceChangedError } from './shop.js';
import { notice } from './stage.js';
import type { Words } from './words.js';

/** What went wrong before anything was signed, in words. */
export function whyNotSigned(
  error: unknown,
  { t, network }: Words,
  { wallet, price }: { readonly wallet: string; readonly price: PaymentRequirements },
): HTMLElement {
  if (error instanceof WalletRefusedError) {
    const reason = error.message;
    return notice(t(error.refusal, { wallet, network: network(price.network), reason }));
  }
  if (error instanceof NotEnoughAdaError) return notice(t('tooLittleFee', { wallet }));
  if (error instanceof StorageRefusedError) return notice(t('noStorage'));
  if (error instanceof PriceChangedError) {
    const message = notice(t('priceChanged'));
    const reload = button(t('reload'), () => location.reload(), 'link');
    message.append(' ', reload);
    return message;
  }
  const reason = reasonOf(error);
  if (error instanceof RefusedPaymentError) return notice(t('notSafe', { reason }));
  // What `fetch` fails with.
  if (error instanceof TypeError || error instanceof DOMException) return notice(t('noAnswer'));
  return notice(t('walletFailed', { wallet, reason }));
}

/** The shop's reason, in its own words where it has some. */
export function whyNotDelivered({ body, receipt, status, headers }: Bought): string {
  const said: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'message') : undefined;
  const required = headers.get('payment-required');
  return plainText(
    said ?? receipt?.errorMessage ?? receipt?.errorReason ?? refusalIn(required) ?? `HTTP ${status}`,
    240,
  );
}

function refusalIn(header: string | null): string | undefined {
  try {
    const { error } = JSON.parse(atob(header ?? '')) as { readonly error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
