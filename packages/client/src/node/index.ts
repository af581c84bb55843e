/** For Node alone. */
export { channelFileStore, fileStore } from './file-store.js';
export { readKeyFile, writeKeyFile } from './key-file.js';
