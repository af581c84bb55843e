/**
 * Node’s own cryptography, which is faster; a browser has none. It is asked for by name when this runs: an import would keep the whole
 * package out of browsers.
 */
export const nodeCrypto: typeof import('node:crypto') | undefined =
  // biome-ignore lint/style/noRestrictedGlobals: whether it is there decides how fast the answer comes, and never which.
  globalThis.process?.getBuiltinModule?.('node:crypto');
