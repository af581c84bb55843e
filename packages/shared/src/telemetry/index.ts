export { createLogger, type Logger } from './create-logger.js';
export { logUnreadable } from './log-unreadable.js';
export {
  type ArchiveMetrics,
  type ChannelMetrics,
  createApiMetrics,
  createWorkerMetrics,
  type DiscoveryMetrics,
  type Exposition,
  expose,
  type FollowingMetrics,
  type HttpMetrics,
  type KeyMetrics,
  type ProtocolVersionMetrics,
  type ScreeningMetrics,
  type SettlementMetrics,
  type ShadowMetrics,
  type SponsorshipMetrics,
  type VerificationMetrics,
  type WebhookMetrics,
  type WorkerMetrics,
} from './metrics/index.js';
export type { ErrorReporter } from './reports/error-reporter.js';
export { settlementFailure } from './settlement-failure.js';
export { NO_TELEMETRY, startTelemetry, type Telemetry } from './start-telemetry.js';
export {
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
