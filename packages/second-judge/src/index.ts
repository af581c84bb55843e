export { evaluateWithin } from './evaluate-within.js';
export { judge } from './judge.js';
export { questionOf } from './question.js';
export type { Evaluation } from './scalus/evaluate.js';
