import { exactScheme } from './schemes/exact/exact-scheme.js';
import { createSchemeRegistry } from './schemes/registry.js';

/** Every scheme of this package. */
export const SUPPORTED_SCHEMES = createSchemeRegistry([exactScheme]);
