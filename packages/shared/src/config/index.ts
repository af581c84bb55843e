export { ConfigInvalidError, type ConfigMistake } from './invalid.js';
export { CONFIG_KEYS, type ConfigKey } from './keys.js';
export { DEFAULT_CONFIG_PATH, type LoadedConfig, loadConfig, type Tier } from './load-config.js';
export { MASK, maskSecrets } from './mask-secrets.js';
export { networkOf } from './network-of.js';
export { readConfigOrExit } from './read-config-or-exit.js';
export { type ApiKeyConfig, CHAIN_NETWORKS, type Config, configSchema } from './schema/index.js';
export { servedNetworks, verificationPolicyOf } from './verification-policy.js';
