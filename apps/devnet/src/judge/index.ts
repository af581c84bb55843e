export { JUDGES, type JudgeName, judgeTransaction } from './judge.js';
