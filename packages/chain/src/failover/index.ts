export { createFailoverProvider } from './failover-provider.js';
export { createProviderGuard } from './provider-guard.js';
export type { ProviderHealth } from './provider-health.js';
export { createProviderWatch, type ProvidersHealth } from './provider-watch.js';
