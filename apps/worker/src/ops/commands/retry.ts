import { type Command, settlementNamed } from '../command.js';
import { OpsError } from '../usage.js';

/** `ops retry TX`: a job now. It looks before it sends, and sends the same bytes only, so it can do no harm. */
export const retry: Command = async ({ desk, operands, out }) => {
  const { settlement, at } = await settlementNamed({ desk, operands });
  const { network, txHash, state, finalAtMs, block, traceparent } = settlement;
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
};
