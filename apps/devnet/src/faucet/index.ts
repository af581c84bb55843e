export { Faucet, type GrantedOutput } from './faucet.js';
export { faucetAddress, TEST_TOKEN_POLICY } from './keys.js';
