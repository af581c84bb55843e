import { resumeNetwork } from '@x402-facilitator/shared/operations';
import type { CommandContext } from '../command.js';

/** `ops resume`: takes new settlements, and sends those that wait. */
export async function resume({ networks, out }: CommandContext): Promise<number> {
  for (const served of networks)
    out(`${served.network}: ${(await resumeNetwork(served)) ? 'resumed' : 'was not paused'}`);
  return 0;
}
