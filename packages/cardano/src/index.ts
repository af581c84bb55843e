export * from './address/index.js';
export * from './cbor/index.js';
export * from './chain/index.js';
export * from './ledger/index.js';
export * from './network/index.js';
export * from './primitives/index.js';
export * from './transaction/index.js';
export * from './verification/index.js';
