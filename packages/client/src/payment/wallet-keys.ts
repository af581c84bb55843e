import { parseAddress, toHex } from '@x402-facilitator/cardano/ledger';
import type { Keys } from '../keys/index.js';

/** One spelling for an address, to compare it by: hex of its bytes. `undefined` for anything but an address. */
export function addressHexOf(address: string): string | undefined {
  const parsed = parseAddress(address);
  return parsed.ok ? toHex(parsed.value.bytes) : undefined;
}

/** A signature of the wallet unlocks it, with any stake part in its address. */
export function isOpenedBy({ keyHashes }: Pick<Keys, 'keyHashes'>, address: string): boolean {
  const parsed = parseAddress(address);
  return parsed.ok && parsed.value.kind === 'shelley' && keyHashes.has(parsed.value.payment.hash);
}
