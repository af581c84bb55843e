export { type SubmitJob, submitQueueName } from './contracts.js';
export {
  createSubmitQueue,
  type FailedJob,
  QueueUnavailableError,
  type SubmitQueue,
} from './submit-queue.js';
export { createSubmitWorker, type SubmitWorker } from './submit-worker.js';
export { createWebhookQueue, createWebhookWorker } from './webhook-queue.js';
