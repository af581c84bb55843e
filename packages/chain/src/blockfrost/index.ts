export {
  type BlockfrostProviderOptions,
  createBlockfrostProvider,
} from './blockfrost-provider.js';
