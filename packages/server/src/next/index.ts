import { AsyncLocalStorage } from 'node:async_hooks';
import type { Delivery, DeliveryAttempt } from '../delivery/index.js';
import { deliverResponse, makeOnce } from '../web/index.js';

/** A route handler of Next's app router. */
export type RouteHandler<Incoming extends Request, Answer extends Response = Response> = (
  request: Incoming,
) => Promise<Answer>;

/**
 * Puts a route handler behind `withX402` of `@x402/next`: the handler runs once per payment, and the same payment shown again
 * gets the same answer.
 *
 * @param protect wraps the handler that it is given in `withX402`.
 * @example
 * export const GET = deliverOnce(delivery, handler, (handle) => withX402(handle, route, server));
 */
export function deliverOnce<Incoming extends Request, Answer extends Response>(
  delivery: Delivery,
  handler: RouteHandler<Incoming, Answer>,
  protect: (handler: RouteHandler<Incoming, Answer>) => RouteHandler<Incoming>,
): RouteHandler<Incoming> {
  const attempts = new AsyncLocalStorage<DeliveryAttempt | undefined>();
  // What was made before is a plain response; withX402 reads no more than that of it.
  const makeAnswer = (request: Incoming) =>
    makeOnce(attempts.getStore(), () => handler(request)) as Promise<Answer>;
  const handle = protect(makeAnswer);
  return (request) =>
    deliverResponse(delivery, request, (attempt) => attempts.run(attempt, () => handle(request)));
}
