import type { Call } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { PAYMENT_IDENTIFIER_EXTENSION, type PaymentRequestBody } from '@x402-facilitator/shared/wire';
import type { FastifyRequest } from 'fastify';
import { callerName } from '../plugins/app/caller.js';

/** Who asks about a payment, under which names. */
export function callOf(
  request: Pick<FastifyRequest, 'caller' | 'ip'> & { readonly body: PaymentRequestBody },
  settle: Pick<Config['settle'], 'redemption'>,
): Call {
  const { caller, body } = request;
  const key = caller.kind === 'key' ? caller.key : undefined;
  return {
    caller: callerName(request),
    keyName: key?.name,
    paymentIdentifier: body.paymentPayload.extensions?.[PAYMENT_IDENTIFIER_EXTENSION]?.info.id,
    redemption: key?.redemption ?? settle.redemption,
  };
}
