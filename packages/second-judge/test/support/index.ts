export { GAPS } from '../../src/gaps.js';
export type { Verdict } from '../../src/judge.js';
export type { Question } from '../../src/question.js';
