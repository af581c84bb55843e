export * from './exposition.js';
