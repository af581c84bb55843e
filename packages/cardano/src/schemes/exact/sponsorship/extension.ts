import type { PaymentRequest } from '../../request.js';

/** The x402 extension by which a payer names the output that pays its fee (docs/sponsorship.md). */
export const SPONSORSHIP_EXTENSION = 'cardanoFeeSponsorship';

const ID = /^[0-9a-f]{32}$/;

/** What a payment says of sponsorship: `{"info": {"id": …}}`, in the form that x402 gives extensions. */
export type SponsorshipExtension =
  | { readonly kind: 'absent' }
  | { readonly kind: 'named'; readonly id: string }
  | { readonly kind: 'malformed'; readonly message: string };

/** Reads the extension of a payment. A server's offer that a client echoes without an id names nothing. */
export function readSponsorshipExtension({
  extensions,
}: Pick<PaymentRequest['paymentPayload'], 'extensions'>): SponsorshipExtension {
  const extension = extensions?.[SPONSORSHIP_EXTENSION];
  if (extension === undefined || extension === null) return { kind: 'absent' };
  const path = `paymentPayload.extensions.${SPONSORSHIP_EXTENSION}`;
  const info = memberOf(extension, 'info');
  if (typeof info !== 'object' || info === null)
    return { kind: 'malformed', message: `${path}.info: expected an object, found ${typeof info}` };
  const id = memberOf(info, 'id');
  if (id === undefined) return { kind: 'absent' };
  return typeof id === 'string' && ID.test(id)
    ? { kind: 'named', id }
    : { kind: 'malformed', message: `${path}.info.id: expected 32 lowercase hex characters` };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
