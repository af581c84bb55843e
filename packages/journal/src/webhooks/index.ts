export { SETTLEMENT_EVENTS, TEST_EVENT, type WebhookEvent } from './events.js';
export {
  createWebhookStore,
  type DueEvent,
  type WebhookAttempt,
  type WebhookBacklog,
  type WebhookEndpoint,
  type WebhookStore,
} from './store.js';
