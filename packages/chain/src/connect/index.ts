export {
  type CacheLookup,
  type ChainAccess,
  type ChainAccessOptions,
  createChainAccess,
} from './chain-access.js';
export {
  type ChainObserver,
  type ConnectChainOptions,
  type ConnectedChain,
  connectChain,
  type ProviderSettings,
} from './connect-chain.js';
