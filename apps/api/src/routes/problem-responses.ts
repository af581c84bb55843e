import { errorResponseSchema } from '@x402-facilitator/shared/wire';

type Responses<Status extends number> = { readonly [S in Status]: typeof errorResponseSchema };

/** The HTTP problems that a route documents. */
export function problemResponses<Status extends number>(...statuses: readonly Status[]): Responses<Status> {
  return Object.fromEntries(statuses.map((status) => [status, errorResponseSchema])) as Responses<Status>;
}
