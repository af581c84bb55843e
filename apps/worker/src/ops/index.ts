export { type OpsOptions, runOps } from './run-ops.js';
