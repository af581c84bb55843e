export { CONFIG_KEYS } from '../../src/config/keys.js';
export type { Tier } from '../../src/config/load-config.js';
export { configSchema } from '../../src/config/schema/index.js';
export type { MetricsRegistry } from '../../src/telemetry/metrics/registry.js';
export { REDACTED_NAMES } from '../../src/telemetry/secrets.js';
export { currentPosition } from '../../src/telemetry/tracing/trace-position.js';
export type { StageTimes } from '../../src/verification/stage-times.js';
export * from './config.js';
export * from './exposition.js';
