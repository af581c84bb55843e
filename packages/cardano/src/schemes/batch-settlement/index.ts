/** Payments below a cent: a buyer locks funds once, promises more with each request, and the seller redeems many promises at once. */
export { readRequest } from './steps/read-request.js';
