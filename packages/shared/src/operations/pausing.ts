import { WordNotReplicatedError } from '@x402-facilitator/journal';
import type { OperatedNetwork } from './describe-network.js';

/** Stops new settlements first, so that everything claimed before the queue stops has a waiting job. */
export async function pauseNetwork(
  { pause, queue }: Pick<OperatedNetwork, 'pause' | 'queue'>,
  { nowMs, reason }: { readonly nowMs: number; readonly reason?: string | undefined },
): Promise<void> {
  const word = { mode: 'paused', sinceMs: nowMs, ...(reason === undefined ? {} : { reason }) } as const;
  await pause.close(word).catch((error: unknown) => {
    // It is closed here all the same, and the queue must not go on.
    if (!(error instanceof WordNotReplicatedError)) throw error;
  });
  await queue.pause();
  // Again, behind the queue's flag: replicas that must acknowledge it have the flag too then.
  await pause.close(word);
}

/**
 * Starts the queue first, so that no new settlement enters a stopped queue.
 *
 * @returns whether anything was paused.
 */
export async function resumeNetwork({
  pause,
  queue,
}: Pick<OperatedNetwork, 'pause' | 'queue'>): Promise<boolean> {
  const stoodStill = await queue.isPaused();
  await queue.resume();
  const wasClosed = await pause.open();
  return wasClosed || stoodStill;
}
