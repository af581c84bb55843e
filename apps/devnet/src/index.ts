export type { FaultRequest } from './control/index.js';
export { type Devnet, type DevnetOptions, startDevnet } from './devnet.js';
export { TEST_TOKEN_POLICY } from './faucet/index.js';
export type { NetworkName } from './network/index.js';
