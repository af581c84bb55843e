export { createVerifier, type VerifierOptions } from './create-verifier.js';
export type { AroundStage, StageTimes, VerificationStage } from './stage-times.js';
export type { Judgement, LookUpInFlight, Verifier } from './verifier.js';
