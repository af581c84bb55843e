export { epochPositionOf, epochSlots, forecastEnd } from './epoch.js';
export { type DevnetParameters, minLovelace, protocolParameters } from './parameters.js';
export { NETWORK_NAMES, type NetworkName, type NetworkProfile, networkProfile } from './profile.js';
