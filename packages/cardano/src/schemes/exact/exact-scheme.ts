import type { Scheme } from '../scheme.js';
import { ALL_CODES, CODES, isRetryable } from './facts/codes.js';
import { MAX_CONFIRMATIONS, MEMPOOL, SCHEME } from './facts/terms.js';
import { knownPayments } from './known-payments/index.js';
import { TRANSFER_METHOD_NAMES, transferMethodOf } from './methods/index.js';
import { read, readRequirements } from './steps/check-request.js';

/** One transaction pays one request, exactly what it asks for. */
export const exactScheme: Scheme = {
  name: SCHEME,
  codes: CODES,
  allCodes: ALL_CODES,
  isRetryable,
  methods: TRANSFER_METHOD_NAMES,
  methodOf: (requirements) => transferMethodOf(requirements)?.method,
  isOffered: () => true,
  advertise: ({ acceptMempool, acceptsSponsorWitnesses }) => ({
    assetTransferMethods: [...TRANSFER_METHOD_NAMES],
    // The scheme wants false: each payment asks for a sponsored fee by the extension.
    areFeesSponsored: false,
    l1Confirmations: { minimum: acceptMempool ? MEMPOOL : 0, maximum: MAX_CONFIRMATIONS },
    ...(acceptsSponsorWitnesses === true ? { acceptsSponsorWitnesses } : {}),
  }),
  knownPayments,
  read,
  readRequirements,
};
