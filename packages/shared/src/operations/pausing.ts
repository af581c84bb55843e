import type { OperatedNetwork } from './describe-network.js';

/** Stops new settlements first, so that everything claimed before the queue stops has a waiting job. */
export async function pauseNetwork(
  { pause, queue }: Pick<OperatedNetwork, 'pause' | 'queue'>,
  { nowMs, reason }: { readonly nowMs: number; readonly reason?: string | undefined },
): Promise<void> {
  await pause.close({ mode: 'paused', sinceMs: nowMs, ...(reason === undefined ? {} : { reason }) });
  await queue.pause();
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
