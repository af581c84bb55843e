export {
  CardanoFacilitatorClient,
  type CardanoFacilitatorClientOptions,
} from './cardano-facilitator-client.js';
export { FacilitatorUnavailableError, isOpen, SETTLEMENT_PENDING, SETTLEMENT_UNKNOWN } from './errors.js';
export type { FacilitatorAddress } from './facilitator-address.js';
