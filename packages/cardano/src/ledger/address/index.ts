export type { Address, ByronAddress, Credential, ShelleyAddress } from './address.js';
export { addressOf, parseAddress } from './parse-address.js';
export { parseShelleyAddress } from './shelley.js';
