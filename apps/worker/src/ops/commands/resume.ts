import { resumeNetwork } from '@x402-facilitator/shared/operations';
import { type CommandContext, sayToAll } from '../command.js';

/** `ops resume`: takes new settlements, and sends those that wait. */
export async function resume(context: CommandContext): Promise<number> {
  const haveAll = await sayToAll(context, async (served) => {
    context.out(`${served.network}: ${(await resumeNetwork(served)) ? 'resumed' : 'was not paused'}`);
  });
  return haveAll ? 0 : 1;
}
