export { type Devnet, startDevnet } from './devnet.js';
