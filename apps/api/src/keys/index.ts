export { type CallerKey, createKeyRegistry, type KeyRegistry, wordsOf } from './registry.js';
