import { askValidator } from './ask-validator.js';

// Compiled while the thread starts rather than while the first payer waits.
askValidator({ transactionHex: '', context: '{}', isRewritable: false });

/** What a thread that runs scripts does, and nothing else of this package. */
export { askScripts as default } from './ask-scripts.js';
