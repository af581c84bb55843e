import { err, ok, type Result } from '../../../result.js';
import type { PaymentRequest } from '../../request.js';

/** The x402 extension by which a payer names the output that pays its fee (docs/sponsorship.md). */
export const SPONSORSHIP_EXTENSION = 'cardanoFeeSponsorship';

const ID = /^[0-9a-f]{32}$/;

/**
 * Reads the extension of a payment: `{"info": {"id": …}}`, in the form that x402 gives extensions.
 *
 * @returns the reservation's id, or what is wrong with the extension. The id is `undefined` for a payment without the
 * extension, and for a server's offer that a client sends back.
 */
export function readSponsorshipExtension({
  extensions,
}: Pick<PaymentRequest['paymentPayload'], 'extensions'>): Result<string | undefined, string> {
  const extension = extensions?.[SPONSORSHIP_EXTENSION];
  if (extension === undefined || extension === null) return ok(undefined);
  const path = `paymentPayload.extensions.${SPONSORSHIP_EXTENSION}`;
  const info = memberOf(extension, 'info');
  if (typeof info !== 'object' || info === null)
    return err(`${path}.info: expected an object, found ${typeof info}`);
  const id = memberOf(info, 'id');
  if (id === undefined) return ok(undefined);
  return typeof id === 'string' && ID.test(id)
    ? ok(id)
    : err(`${path}.info.id: expected 32 lowercase hex characters`);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
