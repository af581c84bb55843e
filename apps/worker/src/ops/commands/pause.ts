import type { CommandContext, ReasonOption } from '../command.js';

/** `ops pause`: stops new settlements first, so that everything claimed before the queue stops has a waiting job. */
export async function pause(
  { networks, out, now }: CommandContext,
  { reason }: ReasonOption,
): Promise<number> {
  for (const { network, pause: door, queue, journal } of networks) {
    await door.close({ mode: 'paused', sinceMs: now(), ...(reason === undefined ? {} : { reason }) });
    await queue.pause();
    const { pending } = await journal.counts(network);
    out(`${network}: paused; ${pending} pending, followed but not submitted until \`ops resume\``);
  }
  return 0;
}
