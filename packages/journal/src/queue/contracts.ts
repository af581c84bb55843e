import { NETWORKS, type Network, type TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';

/** All BullMQ keys share one hash slot, so that a Redis Cluster can run the scripts. */
export const QUEUE_PREFIX = '{x402}';

/** Submit one settlement. The record decides; the job only says which record. */
export type SubmitJob = {
  readonly network: Network;
  readonly transaction: TxHash;
  /** W3C trace context: what the worker does joins the trace of the request. */
  readonly traceparent?: string;
};

/** What comes out of Redis is checked: an old version, or a person, may have put it there. */
export const submitJobSchema = z.object({
  network: z.enum(NETWORKS),
  transaction: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .transform((id) => id as TxHash),
  traceparent: z.string().optional(),
});

/** `preview` of `cardano:preview`: BullMQ refuses `:` in queue names and job ids. */
export function networkSlug(network: Network): string {
  return network.slice('cardano:'.length);
}

/** `submit-<network>`: one job per settlement, `jobId` = transaction id. */
export function submitQueueName(network: Network): string {
  return `submit-${networkSlug(network)}`;
}
