export type { Judgement, LookUpInFlight, StageTiming, VerificationStage, Verifier } from './verifier.js';
