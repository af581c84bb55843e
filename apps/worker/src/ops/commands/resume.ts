import type { CommandContext } from '../command.js';

/** `ops resume`: starts the queue first, so that no new settlement enters a stopped queue. */
export async function resume({ networks, out }: CommandContext): Promise<number> {
  for (const { network, pause, queue } of networks) {
    const stoodStill = await queue.isPaused();
    await queue.resume();
    const wasClosed = await pause.open();
    out(`${network}: ${wasClosed || stoodStill ? 'resumed' : 'was not paused'}`);
  }
  return 0;
}
