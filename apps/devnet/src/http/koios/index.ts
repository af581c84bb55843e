import { failure } from '../answer.js';
import type { Route } from '../route.js';
import { answerOfKoiosSubmission } from '../submit-errors.js';
import { blockRoutes } from './blocks.js';
import { networkRoutes } from './network.js';
import { transactionRoutes } from './transactions.js';

/** The operations of Koios's API that a payment facilitator uses, over the same ledger. */
export const KOIOS_ROUTES: readonly Route[] = [
  ...networkRoutes,
  ...blockRoutes,
  ...transactionRoutes,
  {
    method: 'POST',
    path: '/submittx',
    handle: ({ ledger, body }) =>
      body instanceof Uint8Array && body.length > 0
        ? answerOfKoiosSubmission(ledger.submit(body))
        : failure(400, 'Expected a transaction as application/cbor, found an empty body.'),
  },
];
