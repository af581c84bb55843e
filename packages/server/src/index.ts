export {
  createMemoryStore,
  Delivery,
  type DeliveryOptions,
  type DeliveryStore,
  type MemoryStoreOptions,
  type Opened,
  type Purchase,
  type RecordedAnswer,
} from './delivery/index.js';
export {
  CardanoFacilitatorClient,
  type CardanoFacilitatorClientOptions,
  type FacilitatorAddress,
  FacilitatorUnavailableError,
  SETTLEMENT_PENDING,
  SETTLEMENT_UNKNOWN,
} from './facilitator/index.js';
export {
  FeeSponsor,
  type FeeSponsorOptions,
  type SponsorChain,
  type SponsorKeys,
} from './fee-sponsor/index.js';
export * from './scheme/index.js';
