export { pnpmPath } from './pnpm-path.js';
export { type PnpmResult, runPnpm } from './run-pnpm.js';
