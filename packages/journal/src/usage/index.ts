export {
  createKeyUsage,
  type KeyRefusal,
  type KeyUsage,
  keyRefusals,
  type QuotaReached,
  type Usage,
  type UsageOfNetwork,
  type UsagePeriod,
} from './usage.js';
