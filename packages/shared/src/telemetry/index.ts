export { createLogger, type Logger, SERVICE_NAME } from './create-logger.js';
export { logUnreadable } from './log-unreadable.js';
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
  type SponsorshipMetrics,
  type VerificationMetrics,
  type WorkerMetrics,
} from './metrics/index.js';
export { REDACTED_NAMES } from './redaction.js';
export type { ErrorReporter, Problem } from './reports/index.js';
export { settlementFailure } from './settlement-failure.js';
export { NO_TELEMETRY, startTelemetry, type Telemetry } from './start-telemetry.js';
export {
  currentPosition,
  formatTraceparent,
  type OpenSpan,
  parseTraceparent,
  runAt,
  type TracePosition,
  type Tracing,
  traceFields,
  traceFieldsOf,
  withCallSpans,
} from './tracing/index.js';
