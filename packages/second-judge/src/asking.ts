/** What a process needs that asks `judge-thread`: it loads no judge of its own. */
export type { Verdict } from './judge.js';
export { type Question, questionOf } from './question.js';
