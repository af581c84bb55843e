export { createChainAccess } from '../../src/connect/chain-access.js';
export { LASTING_REFUSALS, lastingRefusals } from '../../src/http/lasting-refusals.js';
export * from './chain-proxy.js';
export * from './devnet-wallet.js';
export * from './two-providers.js';
