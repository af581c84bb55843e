export { type KeyAdminOptions, keyAdminPlugin } from './key-admin.js';
