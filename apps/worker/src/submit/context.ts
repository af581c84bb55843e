import type { ChainProvider } from '@x402-facilitator/shared/chain';
import type { Journal, SettlementIndex } from '@x402-facilitator/shared/journal';
import type { SettlementWriter } from '../settlement/index.js';

/** What submitting needs of the worker. */
export type SubmitContext = {
  readonly journal: Pick<Journal, 'read' | 'readSignedTransaction'> & Pick<SettlementIndex, 'postpone'>;
  readonly writer: SettlementWriter;
  readonly provider: ChainProvider;
  /** `settle.acceptMempool`: a `-1` policy is met by the node's acceptance. */
  readonly acceptMempool: boolean;
  /** Before a submission that the mempool still holds is looked at again. */
  readonly lookAgainAfterMs: number;
  /** POSIX milliseconds. */
  readonly now: () => number;
};
