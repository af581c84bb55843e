import type { PaymentRequired, PaymentRequirements } from '@x402/core/types';

/** The shop answers with other prices than those that were shown. */
export class PriceChangedError extends Error {
  override readonly name = 'PriceChangedError';
}

/** A new payment would be signed where only an old one may be shown. */
export class NothingToShowError extends Error {
  override readonly name = 'NothingToShowError';
}

/** The address of what is for sale. A fragment is the browser's own. */
export const address = (): string => `${location.origin}${location.pathname}${location.search}`;

/** What a browser asks for when a person opens the address. */
const ACCEPT = 'text/html,application/xhtml+xml,image/*;q=0.9,*/*;q=0.8';
/** So often in a row it is no accident: the shop has made it free. */
const BELIEVED_AFTER = 4;
const FEE_SPONSORSHIP = 'cardanoFeeSponsorship';

/**
 * `fetch` for the buyer. Of a 402 it lets through the price that the person chose, so that no other one is paid.
 *
 * @param chosen undefined while no new payment may be made.
 */
export function shopFetch(chosen: PaymentRequirements | undefined): typeof fetch {
  let withoutReceipt = 0;
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('accept', ACCEPT);
    const isPaid = headers.has('payment-signature');
    if (!isPaid && chosen === undefined) throw new NothingToShowError('no wallet is connected');
    const response = await fetch(input, { ...init, headers });
    // Over plain http a browser takes an answer that was cut within its headers for a whole one without a body.
    if (isPaid && response.ok && !response.headers.has('payment-response')) {
      withoutReceipt += 1;
      if (withoutReceipt < BELIEVED_AFTER) throw new TypeError('expected a receipt, found none');
    }
    const required = isPaid || response.status !== 402 ? null : response.headers.get('payment-required');
    if (required === null || chosen === undefined) return response;
    await response.body?.cancel();
    const narrowed = narrow(JSON.parse(fromBase64(required)) as PaymentRequired, chosen);
    return new Response(null, {
      status: 402,
      headers: { 'payment-required': toBase64(JSON.stringify(narrowed)) },
    });
  };
}

function narrow(required: PaymentRequired, chosen: PaymentRequirements): PaymentRequired {
  const accepts = required.accepts.find((each) =>
    (['scheme', 'network', 'asset', 'amount'] as const).every((name) => each[name] === chosen[name]),
  );
  if (accepts === undefined)
    throw new PriceChangedError('the shop no longer accepts the price that was shown');
  // A sponsor is another server, which this page may not ask.
  const { [FEE_SPONSORSHIP]: _, ...extensions } = required.extensions ?? {};
  return { ...required, accepts: [accepts], extensions };
}

function fromBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
