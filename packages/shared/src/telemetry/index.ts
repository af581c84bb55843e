export { createLogger, type Logger, SERVICE_NAME } from './create-logger.js';
export { REDACTED_NAMES } from './redaction.js';
