export { createVerifier, type VerifierOptions } from './create-verifier.js';
export { longestWaitMs, type ScriptLane, startScriptLane } from './script-lane.js';
export type { AroundStage } from './stage-times.js';
export { startThreadLane } from './thread-lane.js';
export type { LookUpSponsorship, Verifier } from './verifier.js';
