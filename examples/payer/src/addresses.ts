import { getAddressDetails, type UTxO } from '@lucid-evolution/lucid';

/** What makes an output the wallet's. */
export type WalletKeys = {
  /** The wallet's one address, in hex: what goes there comes back. */
  readonly addressHex: string;
  /** Hashes of every key that the wallet signs with: what one of them opens is the wallet's to lose. */
  readonly keyHashes: ReadonlySet<string>;
};

/** @param address the wallet's, as Lucid tells it. */
export function walletKeysOf(address: string): WalletKeys {
  const { paymentCredential, stakeCredential } = getAddressDetails(address);
  const hashes = [paymentCredential?.hash, stakeCredential?.hash];
  return {
    addressHex: addressHexOf(address),
    keyHashes: new Set(hashes.filter((hash) => hash !== undefined)),
  };
}

/** One spelling for an address, to compare it by: hex of its bytes. */
export function addressHexOf(address: string): string {
  return getAddressDetails(address).address.hex;
}

/** A signature of the wallet's opens it, whatever stake part its address has. */
export function isOpenedBy(keys: WalletKeys, { address }: Pick<UTxO, 'address'>): boolean {
  const credential = getAddressDetails(address).paymentCredential;
  return credential !== undefined && keys.keyHashes.has(credential.hash);
}
