export { readEndpointUrl } from './endpoint-url.js';
export { secretOf, writeSecret } from './sign.js';
export { startWebhooks, type Webhooks } from './start-webhooks.js';
