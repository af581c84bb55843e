/** What a thread that judges does, and nothing else of this package. */
export { judge as default } from './judge.js';
