export type { PlutusLanguage } from './builtins/builtin.js';
export { type Evaluation, evaluate, type ScriptFailure } from './evaluate.js';
export { judgePhase2, measurePhase2, type Phase2Outcome, type ScriptSpent } from './judge-phase-2.js';
export { type Phase2Input, type Phase2Question, phase2Question, runsPlutus } from './question.js';
export { isWellFormedScript } from './well-formed-script.js';
