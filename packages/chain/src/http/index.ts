export { bearerCredential, type Credential, projectIdCredential } from './credential.js';
export {
  type Admission,
  createHttpClient,
  type HttpAnswer,
  type HttpClient,
  type ProviderCall,
} from './http-client.js';
export { DEFAULT_SUBMIT_TIMEOUT_MS, DEFAULT_TIMEOUT_MS, type HttpProviderOptions } from './options.js';
export { protocolParametersOf } from './protocol-parameters.js';
export { providerWords } from './provider-words.js';
export { rationalOf } from './rational.js';
export { createJsonReader, type JsonReader } from './read-json.js';
export { readPages } from './read-pages.js';
export { submitTransaction } from './submit.js';
export { timelineOf } from './timeline.js';
export { eachOnce } from './unspent-outputs.js';
