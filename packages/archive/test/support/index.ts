export { type Backend, backends, type OpenedBackend } from './backends.js';
export { entryOf, txHash } from './entries.js';
