import { pauseNetwork } from '@x402-facilitator/shared/operations';
import type { CommandContext, ReasonOption } from '../command.js';

/** `ops pause`: takes no new settlements, and sends none of those that wait. */
export async function pause(
  { networks, out, now }: CommandContext,
  { reason }: ReasonOption,
): Promise<number> {
  for (const served of networks) {
    const { network, journal } = served;
    await pauseNetwork(served, { nowMs: now(), reason });
    const { pending } = await journal.counts(network);
    out(`${network}: paused; ${pending} pending, followed but not submitted until \`ops resume\``);
  }
  return 0;
}
