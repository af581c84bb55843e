export type { FollowingMetrics } from './following.js';
export type { HttpMetrics } from './http.js';
export type { ProtocolVersionMetrics } from './protocol-version.js';
export { type Exposition, expose } from './registry.js';
export type { SettlementMetrics } from './settlements.js';
export type { ShadowMetrics } from './shadow.js';
export type { SponsorshipMetrics } from './sponsorships.js';
export { createApiMetrics, createWorkerMetrics, type WorkerMetrics } from './tiers.js';
export type { VerificationMetrics } from './verification.js';
