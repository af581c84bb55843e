export { bearerCredential, type Credential, projectIdCredential } from './credential.js';
export {
  type Admission,
  createHttpClient,
  type HttpAnswer,
  type HttpClient,
  type ProviderCall,
} from './http-client.js';
export { DEFAULT_SUBMIT_TIMEOUT_MS, DEFAULT_TIMEOUT_MS, type HttpProviderOptions } from './options.js';
export { providerWords } from './provider-words.js';
export { rationalOf } from './rational.js';
export { createJsonReader, type JsonReader } from './read-json.js';
export { submitTransaction } from './submit.js';
