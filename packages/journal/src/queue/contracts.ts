import { NETWORKS, type Network, type TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { txHashField } from '../redis/index.js';

/** All BullMQ keys share one hash slot, so that a Redis Cluster can run the scripts. */
export const QUEUE_PREFIX = '{x402}';

/** Submit one settlement. The record decides; the job only says which record. */
export type SubmitJob = {
  readonly network: Network;
  readonly txHash: TxHash;
  /** W3C trace context: what the worker does joins the trace of the request. */
  readonly traceparent?: string;
};

export const submitJobSchema = z
  .object({ network: z.enum(NETWORKS), transaction: txHashField, traceparent: z.string().exactOptional() })
  .transform(({ transaction, ...job }): SubmitJob => ({ ...job, txHash: transaction }));

/** A job as BullMQ stores it. It is checked when it is read: another version, or a person, may have put it there. */
export type StoredSubmitJob = Readonly<z.input<typeof submitJobSchema>>;

export function storedJobOf({ txHash, ...job }: SubmitJob): StoredSubmitJob {
  return { ...job, transaction: txHash };
}

/** `preview` of `cardano:preview`: BullMQ refuses `:` in queue names and job ids. */
export function networkSlug(network: Network): string {
  return network.slice('cardano:'.length);
}

/** `submit-<network>`: one job per settlement, `jobId` = transaction id. */
export function submitQueueName(network: Network): string {
  return `submit-${networkSlug(network)}`;
}
