import { z } from 'zod';
import { closed, told } from '../../shape.js';
import { amount, hash28, outRef, seconds } from './parts.js';

const MEMPOOL = -1;
const MAX_CONFIRMATIONS = 20;
const CONFIRMATIONS = told(`an integer from ${MEMPOOL} to ${MAX_CONFIRMATIONS}`);

/** `extra` of a seller's requirements. Fields beside these belong to extensions and to sellers, and are not looked at. */
export const extraShape = z.object(
  {
    scriptHash: hash28,
    receiverAuthorizer: hash28,
    withdrawDelay: seconds,
    referenceScript: outRef.optional(),
    minDeposit: amount.optional(),
    confirmationPolicy: closed({
      l1Confirmations: z.int(CONFIRMATIONS).min(MEMPOOL, CONFIRMATIONS).max(MAX_CONFIRMATIONS, CONFIRMATIONS),
    }).optional(),
  },
  told('an object'),
);
