export { type PnpmResult, pnpmCommand, runPnpm } from './run-pnpm.js';
