export { type Attempt, currentAttempt, runAttempt } from './attempt.js';
export { offerDelivery } from './extensions.js';
export { readShownPayment, type ShownPayment, txHashOf } from './shown-payment.js';
