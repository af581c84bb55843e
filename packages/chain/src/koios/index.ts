export { createKoiosProvider, type KoiosProviderOptions } from './koios-provider.js';
