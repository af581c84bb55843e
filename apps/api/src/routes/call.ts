import type { Call } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { PAYMENT_IDENTIFIER_EXTENSION, type PaymentRequestBody } from '@x402-facilitator/shared/wire';
import type { FastifyRequest } from 'fastify';
import type { CallerKey } from '../keys/index.js';
import { callerName } from '../plugins/app/caller.js';

/** Who asks about a payment, under which names. */
export function callOf(
  request: Pick<FastifyRequest, 'caller' | 'ip'> & { readonly body: PaymentRequestBody },
  settle: Pick<Config['settle'], 'redemption'>,
): Call {
  const { body } = request;
  const key = keyOf(request);
  return {
    caller: callerName(request),
    keyName: key?.name,
    paymentIdentifier: body.paymentPayload.extensions?.[PAYMENT_IDENTIFIER_EXTENSION]?.info.id,
    redemption: key?.redemption ?? settle.redemption,
  };
}

/** The key of a caller; `undefined` for a stranger. */
export function keyOf({ caller }: Pick<FastifyRequest, 'caller'>): CallerKey | undefined {
  return caller.kind === 'key' ? caller.key : undefined;
}
