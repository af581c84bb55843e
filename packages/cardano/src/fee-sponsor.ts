/**
 * Fees that the seller pays: the offer in its requirements, and the signature that it gives at `/settle`. It runs in browsers
 * too: nothing here, nor in what it imports, is of Node alone.
 */
export { writeLoneWitness } from './ledger/transaction/lone-witness.js';
export { type FeeSponsorOffer, isOffered, readOffer, writeOffer } from './schemes/exact/fee-sponsor/offer.js';
export { spendsOffer } from './schemes/exact/fee-sponsor/spends-offer.js';
