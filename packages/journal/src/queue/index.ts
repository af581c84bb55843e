export { networkSlug, QUEUE_PREFIX, type SubmitJob, submitQueueName } from './contracts.js';
export {
  createSubmitQueue,
  type OpenSubmitQueue,
  openSubmitQueue,
  QueueUnavailableError,
  type SubmitQueue,
  type SubmitQueueOptions,
} from './submit-queue.js';
export {
  createSubmitWorker,
  SUBMIT_WORKER_TIMING,
  type SubmitWorker,
  type SubmitWorkerEvents,
  type SubmitWorkerOptions,
} from './submit-worker.js';
