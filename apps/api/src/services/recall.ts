import { type ArchiveReader, ArchiveUnavailableError } from '@x402-facilitator/archive';
import type { Network, TxHash } from '@x402-facilitator/cardano';
import { type ArchivedFields, type Call, isSameCall, type Settlement } from '@x402-facilitator/journal';
import type { Log } from './log.js';
import {
  answerDead,
  answerSettled,
  answerTaken,
  answerTooLate,
  type SettleAnswer,
} from './settle-answers.js';

/** What the archive says of a payment that is refused, because it was settled long ago. */
export type Recalled = { readonly settlement: Settlement; readonly fields: ArchivedFields };

/**
 * Asks the archive for the settlement of a payment that Redis has let go of; `undefined` where there is none. An archive that
 * does not answer adds nothing to the refusal, which is true without it.
 */
export type Recall = (network: Network, txHash: TxHash, log?: Log) => Promise<Recalled | undefined>;

/** @param archive unset: none is configured, and nothing is recalled. */
export function createRecall(archive: ArchiveReader | undefined): Recall {
  return async (network, txHash, log) => {
    try {
      return await archive?.find([network], txHash);
    } catch (error) {
      if (!(error instanceof ArchiveUnavailableError)) throw error;
      log?.warn({ error, network, transaction: txHash }, 'refused without asking the archive');
      return undefined;
    }
  };
}

/**
 * The answer of `/settle` to a call for a payment that is archived: the recorded outcome. A success that was collected is had
 * again by the same call alone, as while Redis had it; one that was not is handed out no more, because only Redis can tell
 * that it is handed out once.
 */
export function answerRecalled(
  { settlement, fields }: Recalled,
  {
    binding,
    call,
    publicUrl,
  }: { readonly binding: string; readonly call: Call; readonly publicUrl: string | undefined },
): SettleAnswer {
  if (settlement.binding !== binding) return answerTaken(settlement);
  if (settlement.state !== 'confirmed') return answerDead(settlement, publicUrl);
  return isSameCall(settlement, fields, call)
    ? answerSettled(settlement)
    : answerTooLate(settlement, publicUrl);
}
