export {
  type BlockfrostProviderOptions,
  type ClosableChainProvider,
  createBlockfrostProvider,
} from './blockfrost-provider.js';
export type { ProviderCall, ProviderCallOutcome } from './http-client.js';
