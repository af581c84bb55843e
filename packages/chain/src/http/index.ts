export { bearerCredential, projectIdCredential } from './credential.js';
export type { Admission, HttpProviderOptions, ProviderCall } from './http-client.js';
export { createHttpService } from './http-service.js';
export { protocolParametersOf } from './protocol-parameters.js';
export type { JsonReader } from './read-json.js';
export { eachOnce, readPages } from './read-pages.js';
export { costModel, count, hash, hex, parsedBy, quantity, rational, txHash } from './schemas.js';
export { timelineOf } from './timeline.js';
