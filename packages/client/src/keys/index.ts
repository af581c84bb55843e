export { type Cip30Wallet, cip30Keys } from './cip30.js';
export type { Keys, Witness } from './keys.js';
export { keysOf, newSeedPhrase, type Secret } from './secret-keys.js';
