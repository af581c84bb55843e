import { pauseNetwork } from '@x402-facilitator/shared/operations';
import { type CommandContext, type ReasonOption, sayToAll } from '../command.js';

/** `ops pause`: takes no new settlements, and sends none of those that wait. */
export async function pause(context: CommandContext, { reason }: ReasonOption): Promise<number> {
  const haveAll = await sayToAll(context, async (served) => {
    const { network, journal } = served;
    await pauseNetwork(served, { nowMs: context.now(), reason });
    const { pending } = await journal.counts(network);
    context.out(`${network}: paused; ${pending} pending, followed but not submitted until \`ops resume\``);
  });
  return haveAll ? 0 : 1;
}
