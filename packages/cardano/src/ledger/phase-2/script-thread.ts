/** What a thread that runs scripts does, and nothing else of this package. */
export { judgePhase2 as default } from './judge-phase-2.js';
