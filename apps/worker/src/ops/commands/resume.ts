import type { CommandContext } from '../command.js';

/** Starts the work first: nobody is let in to a queue that stands still. */
export async function resume({ networks, out }: CommandContext): Promise<number> {
  for (const { network, pause, queue } of networks) {
    const stoodStill = await queue.isPaused();
    await queue.resume();
    const wasClosed = await pause.open();
    out(`${network}: ${wasClosed || stoodStill ? 'resumed' : 'was not paused'}`);
  }
  return 0;
}
