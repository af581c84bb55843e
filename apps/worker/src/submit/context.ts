import type { SchemeRegistry } from '@x402-facilitator/cardano';
import type { ChainProvider } from '@x402-facilitator/chain';
import type { ChainWindowStore, Journal, SettlementIndex } from '@x402-facilitator/journal';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import type { SettlementWriter } from '../settlement/index.js';
import type { Sponsor } from '../sponsorship/index.js';

/** What a submit job needs. */
export type SubmitContext = {
  readonly journal: Pick<Journal, 'read' | 'readSignedTransaction' | 'awaitReplicas'> &
    Pick<SettlementIndex, 'postpone' | 'sharedNowMs'>;
  /** The follower's place on the chain. */
  readonly windows: Pick<ChainWindowStore, 'read'>;
  readonly writer: SettlementWriter;
  readonly schemes: Pick<SchemeRegistry, 'of'>;
  readonly provider: ChainProvider;
  /** Signs payments with sponsored fees. Undefined on a worker that does not sponsor. */
  readonly sponsor: Sponsor | undefined;
  /** `settle.acceptMempool`: a node's acceptance confirms a payment whose policy is -1. */
  readonly acceptMempool: boolean;
  /** `chain.follower.failureDepth`. */
  readonly failureDepth: number;
  /** Whether the ledger's whole check judges every payment before it is claimed (`chain.verification.ledger`). */
  readonly judgesBytes: boolean;
  /** The wait before the next look at a submission that the mempool still holds. */
  readonly lookAgainAfterMs: number;
  readonly logger: Logger;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next look at an ambiguous attempt: doubling from one second to half a minute, never less
 * than the provider asked for.
 *
 * @param attempts submissions so far, from 1.
 */
export function backoffMs(attempts: number, retryAfterMs = 0): number {
  return Math.max(Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS), retryAfterMs);
}
