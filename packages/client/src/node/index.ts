/** For Node alone. */
export { fileStore } from './file-store.js';
export { readKeyFile, writeKeyFile } from './key-file.js';
