export { bindingOf } from './binding.js';
export {
  type DiscoveryResource,
  type DiscoveryStatusResponse,
  type DiscoveryWord,
  discoveryListQuerySchema,
  discoveryResourcesResponseSchema,
  discoverySearchQuerySchema,
  discoverySearchResponseSchema,
  discoveryStatusQuerySchema,
  discoveryStatusResponseSchema,
  discoveryWordResponseSchema,
  discoveryWordSchema,
} from './discovery.js';
export { type ErrorResponse, errorResponseSchema, type HttpErrorCode } from './errors.js';
export {
  type ChainDependencyHealth,
  type DependencyHealth,
  type HealthResponse,
  healthResponseSchema,
  readyResponseSchema,
  type SettleHealth,
} from './health.js';
export { isoTime } from './iso-time.js';
export { parseJsonBody } from './parse-json-body.js';
export { PAYMENT_IDENTIFIER_EXTENSION } from './payment-identifier.js';
export { type PaymentRequestBody, paymentRequestSchema } from './payment-request.js';
export { receiptResponseSchema } from './receipt.js';
export { type SettleResponse, settleResponseSchema } from './settle.js';
export {
  type SponsorshipRequestBody,
  type SponsorshipResponse,
  sponsorshipRequestSchema,
  sponsorshipResponseSchema,
} from './sponsorship.js';
export { type StatsResponse, statsResponseSchema } from './stats.js';
export {
  type StatusResponse,
  statusRequestSchema,
  statusResponseSchema,
  transactionIdSchema,
} from './status.js';
export { type SupportedResponse, supportedResponseSchema } from './supported.js';
export { quotaReachedSchema, type UsageResponse, usageResponseSchema } from './usage.js';
export { type VerifyResponse, verifyResponseSchema } from './verify.js';
