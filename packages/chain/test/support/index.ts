export { createChainAccess } from '../../src/connect/chain-access.js';
export * from './chain-proxy.js';
export * from './devnet-wallet.js';
export * from './two-providers.js';
