export { USAGE } from '../../src/ops/usage.js';
export { type RunningWorker, startWorker } from '../../src/start-worker.js';
