export { bearerCredential, projectIdCredential } from './credential.js';
export type { Admission, ProviderCall } from './http-client.js';
export { createHttpService, type HttpProviderOptions, type HttpService } from './http-service.js';
export { protocolParametersOf } from './protocol-parameters.js';
export type { JsonReader } from './read-json.js';
export { eachOnce, readPages } from './read-pages.js';
export { costModel, count, hash, hex, quantity, rational, txHash } from './schemas.js';
export { timelineOf } from './timeline.js';
