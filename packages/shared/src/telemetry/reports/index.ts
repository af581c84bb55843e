export type { ErrorReporter, Problem } from './error-reporter.js';
