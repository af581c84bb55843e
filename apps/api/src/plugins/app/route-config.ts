import 'fastify';

/**
 * Who may call a route. `key`: holders of a key, once any is configured. `payment`: the same, unless the operator lets
 * strangers in. `status`: anyone, unless the operator forbids it. `sign-in`: anyone, from the operators' page itself.
 */
export type Access = 'open' | 'key' | 'payment' | 'status' | 'sign-in';

/** Which rate limit counts a route; `none` for probes and `/supported`. */
export type Budget = 'global' | 'sensitive' | 'none';

/** The shape in which an HTTP problem is answered. */
export type ErrorShape = 'plain' | 'verify' | 'settle';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    budget?: Budget;
    errorShape?: ErrorShape;
    /** Name of the route in logs and metrics for requests that wait for an outcome; ends with `:wait`. */
    waitRoute?: string;
  }
}
