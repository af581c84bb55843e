export { knownPayments } from './known-payments.js';
