import { failure } from '../answer.js';
import type { Route } from '../route.js';
import { answerOfSubmission } from '../submit-errors.js';

export const submitRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/tx/submit',
    handle: ({ ledger, body }) =>
      body instanceof Uint8Array && body.length > 0
        ? answerOfSubmission(ledger.submit(body))
        : failure(400, 'Expected a transaction as application/cbor, found an empty body.'),
  },
];
