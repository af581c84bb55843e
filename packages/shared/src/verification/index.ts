export { createVerifier, type VerifierOptions } from './create-verifier.js';
export type { AroundStage } from './stage-times.js';
export { startValidatorThreads } from './validator-threads.js';
export type { LookUpInFlight, LookUpSponsorship, Verifier } from './verifier.js';
