export type { FaultRequest } from '../../src/control/index.js';
export type { DevnetOptions } from '../../src/devnet.js';
export { TEST_TOKEN_POLICY } from '../../src/faucet/index.js';
export type { NetworkName } from '../../src/network/index.js';
export { spendFromFailingScript } from './failing-script.js';
export { Payer } from './payer.js';
