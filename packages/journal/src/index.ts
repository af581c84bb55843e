export * from './presence/index.js';
export * from './queue/index.js';
export * from './receipts/index.js';
export * from './redis/index.js';
export * from './settlements/index.js';
export * from './sponsorship/index.js';
