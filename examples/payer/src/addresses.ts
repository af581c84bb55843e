import { getAddressDetails, type UTxO } from '@lucid-evolution/lucid';

/** The facts that make an output the wallet's. */
export type WalletKeys = {
  /** The wallet's address, in hex. Money sent there comes back. */
  readonly addressHex: string;
  /** Hashes of every key that the wallet signs with. The wallet can lose any output that one of them unlocks. */
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

/** A signature of the wallet unlocks it, with any stake part in its address. */
export function isOpenedBy(keys: WalletKeys, { address }: Pick<UTxO, 'address'>): boolean {
  const credential = getAddressDetails(address).paymentCredential;
  return credential !== undefined && keys.keyHashes.has(credential.hash);
}
