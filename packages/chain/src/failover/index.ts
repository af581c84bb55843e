export { createFailoverProvider, type FailoverOptions } from './failover-provider.js';
export { createProviderGuard, type GuardOptions, type ProviderGuard } from './provider-guard.js';
export type { ProviderHealth, ProviderState } from './provider-health.js';
export { type ChainHealth, createProviderWatch, type ProviderWatch } from './provider-watch.js';
