export {
  leastReturnable,
  type ReturnedPayment,
  type ReturnOrder,
  type SignedReturn,
  signReturn,
} from './sign-return.js';
export { type PaidOutput, type UnknownPayer, whoPaid } from './who-paid.js';
