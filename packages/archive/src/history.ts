import type { Network, SignedReceipt, TxHash } from '@x402-facilitator/cardano';
import type { Journal, Reading, ReceiptStore, Settlement } from '@x402-facilitator/journal';
import type { ArchiveReader } from './archive.js';
import type { ArchivedSettlement } from './read.js';

/** A settlement, wherever it is kept. */
export type Found = {
  readonly reading: Reading;
  /** Set where Redis has let go of it. */
  readonly archived?: ArchivedSettlement;
};

/** What is signed about a settlement. */
export type FoundReceipt =
  | { readonly kind: 'signed'; readonly receipt: SignedReceipt }
  /** It may still be signed. */
  | { readonly kind: 'none' }
  /** Redis has let go of the settlement: none is signed any more. */
  | { readonly kind: 'never' };

/**
 * The settlements of the journal and of the archive as one. Redis is asked first, and what it has needs no archive: a
 * stopped archive slows none of it.
 */
export interface History {
  /**
   * @throws JournalUnavailableError when Redis does not answer; ArchiveUnavailableError, one of those, when Redis has none
   * and the archive does not answer: then it is not known whether there is one.
   */
  find(networks: readonly Network[], txHash: TxHash): Promise<Found>;
  /** @throws as `find`, and JournalCorruptError. */
  readReceipt(
    settlement: Pick<Settlement, 'network' | 'txHash'>,
    receipts: Pick<ReceiptStore, 'read'>,
  ): Promise<FoundReceipt>;
}

/** @param options.archive unset: there is none, and what Redis has let go of is gone. */
export function createHistory(options: {
  readonly journal: Pick<Journal, 'read'>;
  readonly archive: ArchiveReader | undefined;
}): History {
  const { journal, archive } = options;
  const none: Found = { reading: { ok: true, value: undefined } };
  const isThere = (reading: Reading) => !reading.ok || reading.value !== undefined;
  return {
    async find(networks, txHash) {
      const readings = await Promise.all(networks.map((network) => journal.read(network, txHash)));
      const reading = readings.find(isThere);
      if (reading !== undefined) return { reading };
      const archived = await archive?.find(networks, txHash);
      return archived === undefined ? none : { reading: { ok: true, value: archived.settlement }, archived };
    },

    async readReceipt({ network, txHash }, receipts) {
      const receipt = await receipts.read(txHash);
      if (receipt !== undefined) return { kind: 'signed', receipt };
      if (archive === undefined || isThere(await journal.read(network, txHash))) return { kind: 'none' };
      const archived = await archive.find([network], txHash);
      return archived?.receipt === undefined
        ? { kind: 'never' }
        : { kind: 'signed', receipt: archived.receipt };
    },
  };
}
