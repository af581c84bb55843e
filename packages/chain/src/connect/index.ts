export type { BudgetRefusal } from './admission.js';
export type { ChainAccess } from './chain-access.js';
export { type ChainHealth, type ConnectedChain, connectChain } from './connect-chain.js';
export type { ChainObserver } from './observer.js';
