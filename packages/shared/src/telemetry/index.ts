export { createLogger, type Logger, SERVICE_NAME } from './create-logger.js';
export {
  type ApiMetrics,
  createApiMetrics,
  createWorkerMetrics,
  type Exposition,
  expose,
  type FollowingMetrics,
  type HttpMetrics,
  type MetricsRegistry,
  type QueueContents,
  type QueueMetrics,
  type SettlementMetrics,
  type VerificationMetrics,
  type WorkerMetrics,
} from './metrics/index.js';
export { REDACTED_NAMES } from './redaction.js';
