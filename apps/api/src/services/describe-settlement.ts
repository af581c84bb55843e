import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { StatusResponse } from '@x402-facilitator/shared/wire';

/** Path at which a settlement can be followed. */
export function statusPath(txHash: TxHash): string {
  return `/status/${txHash}`;
}

/**
 * `extra.statusUrl` of an answer. Sellers pass answers on to buyers, where a path would be one of the seller's: so it is
 * absolute, or absent where `server.publicUrl` is not set.
 */
export function statusLink(txHash: TxHash, publicUrl: string | undefined): { readonly statusUrl?: string } {
  return publicUrl === undefined ? {} : { statusUrl: publicUrl.replace(/\/+$/, '') + statusPath(txHash) };
}

/** Body of the 404 for a transaction that has no settlement here. */
export function toNotFoundResponse(txHash: TxHash, networks: readonly Network[]): StatusResponse {
  return {
    transaction: txHash,
    network: networks.length === 1 ? (networks[0] ?? null) : null,
    status: 'not_found',
    state: null,
    confirmations: null,
    required: null,
    block: null,
    payer: null,
    payTo: null,
    asset: null,
    amount: null,
    attempts: 0,
    queuedAt: null,
    submittedAt: null,
    settledAt: null,
    expiresAt: null,
    errorReason: 'not_found',
    errorMessage: `no settlement of ${txHash} is known here on ${networks.join(', ')}`,
    providerMessage: null,
  };
}
