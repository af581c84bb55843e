import type { Delivery } from '../delivery/index.js';
import { deliverResponse, makeOnce } from '../web/index.js';

/** What this needs of Hono's context. */
export type HonoContext = {
  readonly req: { readonly raw: Request };
  get res(): Response;
  set res(response: Response | undefined);
};

/** A Hono middleware. */
export type HonoMiddleware<Context extends HonoContext, Answer> = (
  context: Context,
  next: () => Promise<void>,
) => Promise<Answer>;

/**
 * Wraps the payment middleware of `@x402/hono`: the handler behind it runs once per payment, and the same payment shown again
 * gets the same answer.
 *
 * @example
 * app.use(deliverOnce(new Delivery(), paymentMiddleware(routes, server)));
 */
export function deliverOnce<Context extends HonoContext>(
  delivery: Delivery,
  middleware: HonoMiddleware<Context, unknown>,
): HonoMiddleware<Context, void> {
  return async (context, next) => {
    const response = await deliverResponse(delivery, context.req.raw, async (attempt) => {
      const answer = await middleware(context, async () => {
        context.res = await makeOnce(attempt, async () => {
          await next();
          return context.res;
        });
      });
      return answer instanceof Response ? answer : context.res;
    });
    // Hono adds the headers of the response that is replaced, unless there is none.
    context.res = undefined;
    context.res = response;
  };
}
