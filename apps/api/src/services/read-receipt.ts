import type { History } from '@x402-facilitator/archive';
import {
  publicResource,
  type Receipt,
  receiptSchema,
  type SignedReceipt,
  type TxHash,
} from '@x402-facilitator/cardano';
import { isDone, type Settlement, type WorkerPresence } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { ReadStatus } from './read-status.js';
import type { ServedNetworks } from './served-networks.js';
import type { Viewer } from './visibility.js';

/** The answer to a request for a receipt. */
export type ReceiptAnswer =
  | {
      readonly kind: 'issued';
      readonly settlement: Settlement;
      readonly signed: SignedReceipt;
      readonly receipt: Receipt;
    }
  /** Signed while receipts said all of the resource's URL, which this deployment no longer tells. */
  | { readonly kind: 'withheld'; readonly settlement: Settlement }
  | { readonly kind: 'unknown' }
  /** Pending, pending again after a rollback, or accepted by a node but not in a block that a receipt could name. */
  | { readonly kind: 'not-confirmed'; readonly settlement: Settlement }
  /** It failed or expired: there will never be one. */
  | { readonly kind: 'dead'; readonly settlement: Settlement }
  /** Confirmed; a worker with a wallet will sign it shortly. */
  | { readonly kind: 'pending'; readonly settlement: Settlement }
  /** Confirmed, and no worker of this network has a wallet. */
  | { readonly kind: 'no-signer'; readonly settlement: Settlement }
  /** It was archived without one, or its receipt was erased. */
  | { readonly kind: 'never'; readonly settlement: Settlement }
  /** It moves a channel's money: there is never one. */
  | { readonly kind: 'no-payment'; readonly settlement: Settlement };

export type ReadReceipt = (options: {
  readonly txHash: TxHash;
  readonly viewer: Viewer;
  readonly hungUp: AbortSignal;
}) => Promise<ReceiptAnswer>;

/**
 * Reads the receipt that a worker signed. The API has no key and signs nothing.
 *
 * @throws JournalUnavailableError when Redis does not answer, SettlementUnreadableError.
 */
export function createReadReceipt(dependencies: {
  readonly readStatus: ReadStatus;
  readonly networks: Pick<ServedNetworks, 'of'>;
  readonly history: Pick<History, 'readReceipt'>;
  readonly presence: Pick<WorkerPresence, 'list'>;
  readonly receiptResource: Config['settle']['receiptResource'];
}): ReadReceipt {
  const { readStatus, networks, history, presence, receiptResource } = dependencies;
  return async ({ txHash, viewer, hungUp }) => {
    const settlement = await readStatus({ txHash, viewer, waitMs: 0, hungUp });
    if (settlement === undefined) return { kind: 'unknown' };
    if (settlement.kind !== 'payment') return { kind: 'no-payment', settlement };
    if (!isDone(settlement)) return { kind: 'not-confirmed', settlement };
    if (settlement.state !== 'confirmed') return { kind: 'dead', settlement };
    if (settlement.finality === 'mempool') return { kind: 'not-confirmed', settlement };
    const found = await history.readReceipt(settlement, networks.of(settlement.network).receipts);
    if (found.kind === 'never') return { kind: 'never', settlement };
    if (found.kind === 'signed') {
      const { receipt: signed } = found;
      const receipt = receiptSchema.parse(JSON.parse(signed.payload));
      const isWithheld = receiptResource === 'path' && saysMore(receipt);
      return isWithheld ? { kind: 'withheld', settlement } : { kind: 'issued', settlement, signed, receipt };
    }
    const workers = (await presence.list()).flatMap(({ networks }) => networks);
    const hasSigner = workers.some(
      ({ network, walletAddress }) => network === settlement.network && walletAddress !== undefined,
    );
    return { kind: hasSigner ? 'pending' : 'no-signer', settlement };
  };
}

function saysMore({ resource }: Receipt): boolean {
  return resource !== null && resource !== publicResource(resource);
}
