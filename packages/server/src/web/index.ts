export { deliverResponse, makeOnce } from './deliver-response.js';
