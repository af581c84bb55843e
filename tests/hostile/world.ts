import { parseTxHash } from '@x402-facilitator/cardano';
import { moneyWorld, type World } from '@x402-facilitator/cardano/testing';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import type { Stack } from '@x402-facilitator/tools/stack';
import { control } from '../chaos/money.js';

/** The devnet of a stack as the ledger on which the payments of `packages/cardano` are made. */
export async function worldOn({ devnet, network }: Stack): Promise<World> {
  const provider = createBlockfrostProvider({ network, url: devnet.url });
  const [parameters, timeline] = await Promise.all([
    provider.getProtocolParameters(),
    provider.getTimeline(),
  ]);
  await provider.close();
  return moneyWorld({
    network,
    facts: { parameters, timeline },
    clock: Date.now,
    async grant(address, lovelace) {
      const asked = { address, lovelace: String(lovelace), outputs: 1 };
      const answer = (await control(devnet.controlUrl, '/faucet', asked)) as {
        outputs: { txHash: string; index: number }[];
      };
      const [output] = answer.outputs;
      const txHash = parseTxHash(output?.txHash ?? '');
      if (output === undefined || txHash === undefined) throw new Error('expected one output, found none');
      return { txHash, index: output.index };
    },
  });
}
