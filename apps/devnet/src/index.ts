export type { Fault, FaultRequest, FaultSpec } from './control/index.js';
export { type Devnet, type DevnetOptions, startDevnet } from './devnet.js';
export { type GrantRequest, type GrantResult, TEST_TOKEN_POLICY } from './faucet/index.js';
export type { Block, Submission, SubmitResult } from './ledger/index.js';
export { NETWORK_NAMES, type NetworkName } from './network/index.js';
