import { createProgram } from '../../src/ops/program.js';

export { type RunningWorker, startWorker } from '../../src/start-worker.js';
export { sendOnce } from '../../src/webhooks/send.js';

const never = () => {
  throw new Error('expected no command to run');
};

/** What `ops --help` prints. */
export const USAGE = createProgram(
  { readConfig: never, out: never, err: never, now: Date.now },
  never,
).helpInformation();
