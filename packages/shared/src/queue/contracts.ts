import type { Network, TxHash } from '@x402-facilitator/cardano';

/** All BullMQ keys share one hash slot, so that a Redis Cluster can run the scripts. */
export const QUEUE_PREFIX = '{x402}';

/** Submit one settlement. The record decides; the job only says which record. */
export type SubmitJob = {
  readonly network: Network;
  readonly transaction: TxHash;
  readonly traceparent?: string;
};

/** The maintenance jobs of a network, one scheduler each. */
export type MaintainJobName = 'follow' | 'sweep' | 'refresh-parameters';

/** `preview` of `cardano:preview`: BullMQ refuses `:` in queue names and job ids. */
export function networkSlug(network: Network): string {
  return network.slice('cardano:'.length);
}

/** `submit-<network>`: one job per settlement, `jobId` = transaction id. */
export function submitQueueName(network: Network): string {
  return `submit-${networkSlug(network)}`;
}

/** `maintain-<network>`: job schedulers. */
export function maintainQueueName(network: Network): string {
  return `maintain-${networkSlug(network)}`;
}
