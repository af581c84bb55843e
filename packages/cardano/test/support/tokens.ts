import { toHex } from '@x402-facilitator/cardano';
import { nativeScriptOf } from './scripts.js';
import { walletOf } from './wallet.js';

/** Mints the tokens that payments are made with. */
export const MINTER = walletOf('minter');

/** The minter's signature, and nothing else, mints: a ledger other than one in memory asks for it. */
export const TOKEN_SCRIPT = nativeScriptOf(MINTER.keyHash);

/** The policy id of the tokens that payments are made with. */
export const TOKEN_POLICY = toHex(TOKEN_SCRIPT.hash);
