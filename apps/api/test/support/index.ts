export * from './harness.js';
export * from './requests.js';
export * from './start-api.js';
export * from './use-api.js';
