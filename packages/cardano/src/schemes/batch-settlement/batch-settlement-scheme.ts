import type { Scheme } from '../scheme.js';
import { ALL_CODES, CODES, STATE_UNAVAILABLE } from './facts/codes.js';
import { SCHEME } from './facts/terms.js';
import { METHODS } from './steps/accepted.js';
import { readRequest, readRequirements } from './steps/read-request.js';

/** Payments below a cent: a buyer locks funds once, promises more with each request, and the seller redeems many promises at once. */
export const batchSettlementScheme: Scheme = {
  name: SCHEME,
  codes: CODES,
  allCodes: ALL_CODES,
  isRetryable: (code) => code === STATE_UNAVAILABLE,
  methods: METHODS,
  methodOf: () => undefined,
  isOffered: ({ channelValidators }) => channelValidators !== undefined && channelValidators.size > 0,
  advertise: () => undefined,
  knownPayments: () => [],
  read: readRequest,
  readRequirements,
};
