export { describeNetwork, type NetworkReport, type OperatedNetwork } from './describe-network.js';
export { KEY_OVERLAP_MS, toKeyReport } from './keys.js';
export { pauseNetwork, resumeNetwork } from './pausing.js';
export { type WalletReport, walletLines } from './wallet.js';
export { age, nextOf, toReport, wordsOfBacklog, wordsOfUnreadable } from './words.js';
