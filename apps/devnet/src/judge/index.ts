export { judgeTransaction } from './judge.js';
