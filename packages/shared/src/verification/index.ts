export { createVerifier, type VerifierOptions } from './create-verifier.js';
export {
  type ScriptLane,
  type ScriptLaneObserver,
  type ScriptOutcome,
  startScriptLane,
} from './script-lane.js';
export type { AroundStage, StageTimes, VerificationStage } from './stage-times.js';
export { startValidatorThreads, type ValidatorThreads } from './validator-threads.js';
export type { Judgement, LookUpInFlight, LookUpSponsorship, Verifier } from './verifier.js';
