import type { ChainProvider } from '@x402-facilitator/chain';
import type { Journal, SettlementIndex } from '@x402-facilitator/journal';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import type { SettlementWriter } from '../settlement/index.js';
import type { Sponsor } from '../sponsorship/index.js';

/** What submitting needs of the worker. */
export type SubmitContext = {
  readonly journal: Pick<Journal, 'read' | 'readSignedTransaction'> & Pick<SettlementIndex, 'postpone'>;
  readonly writer: SettlementWriter;
  readonly provider: ChainProvider;
  /** Signs for payments whose fees are sponsored; undefined on a worker without a wallet. */
  readonly sponsor: Sponsor | undefined;
  /** `settle.acceptMempool`: a `-1` policy is met by the node's acceptance. */
  readonly acceptMempool: boolean;
  /** Before a submission that the mempool still holds is looked at again. */
  readonly lookAgainAfterMs: number;
  readonly logger: Logger;
  /** POSIX milliseconds. */
  readonly now: () => number;
};
