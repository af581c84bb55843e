export type { ChainAccess } from './chain-access.js';
export { type ConnectedChain, connectChain } from './connect-chain.js';
export type { ChainObserver } from './observer.js';
