export type { Config } from './config.js';
export { FATAL_SIGNALS } from './fatal-signals.js';
export { maskSecrets, secretsOf } from './mask-secrets.js';
export type { NetworkConfig } from './network-config.js';
export { readPackageVersion } from './package-version.js';
export { readConfigOrExit } from './read-config-or-exit.js';
export type { ApiKeyConfig } from './schema/index.js';
export { type SponsorshipPolicy, sponsorshipPolicyOf } from './sponsorship-policy.js';
