import type { Command } from '../command.js';

/** Starts the work first: nobody is let in to a queue that stands still. */
export const resume: Command = async ({ desk, out }) => {
  for (const { network, pause, queue } of desk.networks) {
    const stoodStill = await queue.isPaused();
    await queue.resume();
    const wasClosed = await pause.open();
    out(`${network}: ${wasClosed || stoodStill ? 'resumed' : 'was not paused'}`);
  }
  return 0;
};
