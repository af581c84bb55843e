export {
  createKeyStore,
  type KeyProblem,
  type KeyStore,
  type KeysLook,
  type MadeKey,
  STORED_KEYS,
} from './key-store.js';
export { type KeyRole, type KeySettings, keySettingsSchema, type StoredKey } from './stored-key.js';
