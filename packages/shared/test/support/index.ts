export { CONFIG_KEYS } from '../../src/config/keys.js';
export { configSchema } from '../../src/config/schema/index.js';
export { REDACTED_NAMES } from '../../src/telemetry/secrets.js';
export * from './config.js';
export * from './exposition.js';
