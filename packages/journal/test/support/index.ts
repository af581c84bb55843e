export * from './damage.js';
export * from './harness.js';
