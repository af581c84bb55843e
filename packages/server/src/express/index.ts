import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Delivery } from '../delivery/index.js';
import { type PageVisit, runPageVisit } from '../page-visit/index.js';
import { captureAnswer, sendAnswer } from './capture-answer.js';

/** An Express middleware; also one of Connect, or of anything that hands on node's request and response. */
export type Middleware<Request extends IncomingMessage, Response extends ServerResponse> = (
  request: Request,
  response: Response,
  next: (error?: unknown) => void,
) => unknown;

/**
 * Wraps the payment middleware of `@x402/express`: the handler behind it runs once per payment, and the same payment shown
 * again gets the same answer.
 *
 * @example
 * app.use(deliverOnce(new Delivery(), paymentMiddleware(routes, server)));
 */
export function deliverOnce<Request extends IncomingMessage, Response extends ServerResponse>(
  delivery: Delivery,
  middleware: Middleware<Request, Response>,
): Middleware<Request, Response> {
  return async (request, response, next) => {
    try {
      const payment = request.headers['payment-signature'];
      const delivered = await delivery.open({
        method: request.method ?? 'GET',
        url: 'originalUrl' in request ? String(request.originalUrl) : (request.url ?? '/'),
        payment: Array.isArray(payment) ? payment[0] : payment,
        cookie: request.headers.cookie,
      });
      if (delivered.kind === 'answer') return sendAnswer(response, delivered.answer);
      if (delivered.kind === 'unpaid') {
        const visit: PageVisit = {
          method: request.method,
          acceptLanguage: request.headers['accept-language'],
        };
        offerWithHeader(delivery, visit, response);
        return await runPageVisit(visit, () => middleware(request, response, next));
      }
      const { attempt } = delivered;
      const limit = delivery.maxAnswerBytes;
      captureAnswer(response, limit, (answer) => attempt.finish(answer), attempt.abandon);
      return await attempt.run(() =>
        middleware(request, response, (error?: unknown) => {
          if (error !== undefined) return next(error);
          // The middleware records from here on, and gives it to the buyer once it is paid.
          if (attempt.made !== undefined) return sendAnswer(response, attempt.made);
          captureAnswer(
            response,
            limit,
            async (made) => {
              if (made.status < 400) await attempt.keepMade(made);
              return made;
            },
            async () => undefined,
          );
          return next();
        }),
      );
    } catch (error) {
      return next(error);
    }
  };
}

/** A free route's answer is not recorded; only the headers of a 402 change on their way. */
function offerWithHeader(delivery: Delivery, visit: PageVisit, response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    if (name.toLowerCase() !== 'payment-required' || typeof value !== 'string') return setHeader(name, value);
    for (const [each, text] of Object.entries(visit.headers ?? {})) setHeader(each, text);
    return setHeader(name, delivery.offer(value));
  };
}
