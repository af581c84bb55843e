export { openConfiguredWallets } from './open-configured-wallets.js';
export { type FacilitatorWallet, openWallet, WalletError, type WalletSecret } from './open-wallet.js';
