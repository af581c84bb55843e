export type { FollowingMetrics } from './following.js';
export type { HttpExchange, HttpMetrics } from './http.js';
export type { QueueContents, QueueMetrics } from './queues.js';
export { type Exposition, expose, type MetricsRegistry } from './registry.js';
export type { SettlementMetrics } from './settlements.js';
export type { SponsorshipMetrics } from './sponsorships.js';
export { type ApiMetrics, createApiMetrics, createWorkerMetrics, type WorkerMetrics } from './tiers.js';
export type { VerificationMetrics } from './verification.js';
