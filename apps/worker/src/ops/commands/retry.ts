import type { TxHash } from '@x402-facilitator/cardano';
import { type CommandContext, findSettlement } from '../command.js';
import { OpsError } from '../errors.js';

/** `ops retry TX`: gives it a job now. This is safe: the job looks before it sends, and sends only the same bytes. */
export async function retry({ networks, out }: CommandContext, txHash: TxHash): Promise<number> {
  const { settlement, at } = await findSettlement(networks, txHash);
  const { network, state, finalAtMs, block, traceparent } = settlement;
  if (finalAtMs !== undefined)
    throw new OpsError(`${txHash} is ${state}, for good: there is nothing to try again`);
  if (block !== undefined)
    throw new OpsError(`${txHash} is ${state}, in block ${block.height}: there is nothing to try again`);
  const isNew = await at.queue.requeue({
    network,
    txHash,
    ...(traceparent === undefined ? {} : { traceparent }),
  });
  const job = isNew ? 'it has a job now' : 'it has a job already';
  const standstill = (await at.queue.isPaused()) ? '; the submit queue is paused' : '';
  out(`${txHash} is ${state}: ${job}${standstill}`);
  return 0;
}
