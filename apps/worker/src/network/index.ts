export { type NetworkWorker, startNetwork } from './start-network.js';
