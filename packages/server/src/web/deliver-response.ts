import type { Delivery, DeliveryAttempt } from '../delivery/index.js';
import { type PageVisit, runPageVisit } from '../page-visit/index.js';
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
    cookie: request.headers.get('cookie') ?? undefined,
  });
  if (delivered.kind === 'answer') return responseOf(delivered.answer);
  if (delivered.kind === 'unpaid') {
    const visit: PageVisit = {
      method: request.method,
      acceptLanguage: request.headers.get('accept-language') ?? undefined,
    };
    return withOffer(delivery, visit, await runPageVisit(visit, () => act(undefined)));
  }
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

function withOffer(delivery: Delivery, visit: PageVisit, response: Response): Response {
  const required = response.headers.get('payment-required');
  if (required === null) return response;
  response.headers.set('PAYMENT-REQUIRED', delivery.offer(required));
  for (const [name, value] of Object.entries(visit.headers ?? {})) response.headers.set(name, value);
  return response;
}
