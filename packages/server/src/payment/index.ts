export { type Attempt, currentAttempt, runAttempt } from './attempt.js';
export { offerDelivery } from './extensions.js';
export { readPurchaseCookie, readShownPayment, type ShownPayment, txHashOf } from './shown-payment.js';
