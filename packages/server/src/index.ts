export * from './delivery/index.js';
export * from './facilitator/index.js';
export * from './scheme/index.js';
