import { type Receipt, receiptText, type SignedReceipt, toHex } from '@x402-facilitator/cardano';
import type { FacilitatorWallet } from '../wallet/index.js';

/** Signs a receipt with the wallet's payment key, as CIP-30's `signData` does (CIP-8). The same receipt always gets the same signature. */
export async function signReceipt(wallet: FacilitatorWallet, receipt: Receipt): Promise<SignedReceipt> {
  const payload = receiptText(receipt);
  const { signature, key } = await wallet.lucid.signMessage(
    wallet.address,
    toHex(new TextEncoder().encode(payload)),
  );
  return { format: 'cip8', payload, signature, key, address: wallet.address };
}
