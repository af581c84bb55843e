export { type CachedOutputsOptions, cacheOutputs, type OutputsCache } from './cached-outputs.js';
export { createSharedOutputs, type SharedOutputs } from './shared-outputs.js';
