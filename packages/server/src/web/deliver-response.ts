import type { Delivery, DeliveryAttempt } from '../delivery/index.js';
import { recordResponse, responseOf } from './recorded-response.js';

/**
 * Answers a request of the Fetch API by `act`, once per payment.
 *
 * @param act verifies, runs the handler behind `makeOnce`, and settles. `attempt` is undefined for a request without a payment.
 */
export async function deliverResponse(
  delivery: Delivery,
  request: Request,
  act: (attempt: DeliveryAttempt | undefined) => Promise<Response>,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const delivered = await delivery.open({
    method: request.method,
    url: pathname + search,
    payment: request.headers.get('payment-signature') ?? undefined,
  });
  if (delivered.kind === 'answer') return responseOf(delivered.answer);
  if (delivered.kind === 'unpaid') return withOffer(delivery, await act(undefined));
  const { attempt } = delivered;
  try {
    const response = await attempt.run(() => act(attempt));
    return responseOf(await attempt.finish(await recordResponse(response)));
  } catch (error) {
    await attempt.abandon();
    throw error;
  }
}

/** Runs the handler unless it has made its answer before. */
export async function makeOnce(
  attempt: DeliveryAttempt | undefined,
  handle: () => Promise<Response>,
): Promise<Response> {
  if (attempt?.made !== undefined) return responseOf(attempt.made);
  const response = await handle();
  if (attempt !== undefined && response.status < 400) await attempt.keepMade(await recordResponse(response));
  return response;
}

function withOffer(delivery: Delivery, response: Response): Response {
  const required = response.headers.get('payment-required');
  if (required !== null) response.headers.set('PAYMENT-REQUIRED', delivery.offer(required));
  return response;
}
