export {
  type MaintainJobName,
  maintainQueueName,
  networkSlug,
  QUEUE_PREFIX,
  type SubmitJob,
  submitQueueName,
} from './contracts.js';
