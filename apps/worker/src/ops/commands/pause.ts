import type { Command } from '../command.js';

/** Closes the door first: what is claimed in between still has a job that waits. */
export const pause: Command = async ({ desk, options, out, now }) => {
  for (const { network, pause: door, queue, journal } of desk.networks) {
    const { reason } = options;
    await door.close({ mode: 'paused', sinceMs: now(), ...(reason === undefined ? {} : { reason }) });
    await queue.pause();
    const { pending } = await journal.counts(network);
    out(`${network}: paused; ${pending} pending, followed but not submitted until \`ops resume\``);
  }
  return 0;
};
