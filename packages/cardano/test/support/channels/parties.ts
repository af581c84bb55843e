import { type AssetId, LOVELACE, nativeAssetId } from '@x402-facilitator/cardano';
import { TOKEN_POLICY } from '../tokens.js';
import { walletOf } from '../wallet.js';

/** The buyer, the seller, and the key of the buyer's promises. */
export const CONSUMER = walletOf('channel consumer');
export const PROVIDER = walletOf('channel provider');
export const IOU_KEY = walletOf('channel IOU key');
/** Where the seller is paid; another key than the one that redeems. */
export const SELLER_ADDRESS = walletOf('channel seller');

/** A token of nine letters. */
export const CHANNEL_TOKEN = nativeAssetId(TOKEN_POLICY, '7061796d656e7473aa');
export const CURRENCIES: readonly AssetId[] = [LOVELACE, CHANNEL_TOKEN];

export const WITHDRAW_DELAY = 900;
export const PRICE_PER_REQUEST = 1000n;
