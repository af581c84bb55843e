export { Faucet, type GrantedOutput, type GrantRequest, type GrantResult } from './faucet.js';
export { faucetAddress, TEST_TOKEN_POLICY } from './keys.js';
