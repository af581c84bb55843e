export { evaluateWithin } from './evaluate-within.js';
export { GAPS, type Gap } from './gaps.js';
export { judge, type Verdict } from './judge.js';
export { type Question, questionOf } from './question.js';
export type { Evaluation } from './scalus/evaluate.js';
