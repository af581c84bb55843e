export { type PaymentsOptions, payments } from './payment-plugin.js';
