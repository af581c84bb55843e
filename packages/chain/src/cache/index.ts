export { cacheOutputs, type OutputsCache, parentsOf } from './cached-outputs.js';
export { createFollowedPositions } from './followed-positions.js';
export { joinLookups } from './joined-lookups.js';
export { createNetworkFactsCache, type NetworkFactsCache } from './network-facts-cache.js';
export { createSharedOutputs, type SharedOutputs } from './shared-outputs.js';
