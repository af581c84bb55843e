export { type SweepContext, sweep } from './sweep.js';
