export type { Address, ByronAddress, Credential, ShelleyAddress } from './address.js';
export { addressOf, addressText, parseAddress } from './parse-address.js';
export { parseRewardAddress, parseShelleyAddress } from './shelley.js';
