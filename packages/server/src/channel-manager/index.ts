export { ChannelManager } from './channel-manager.js';
export type { ManagerEvent } from './events.js';
export type { ChannelMetrics, ClaimOutcome } from './metrics.js';
export type { ChannelChain, ChannelManagerOptions, ClaimRules, ProviderKeys } from './settings.js';
