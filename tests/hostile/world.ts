import { lovelace, networkIdOf, parseTxHash } from '@x402-facilitator/cardano';
import type { World } from '@x402-facilitator/cardano/testing';
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
  const unused = (): never => {
    throw new Error('these payments need only money');
  };
  return {
    network,
    facts: { parameters, timeline },
    get nowMs() {
      return Date.now();
    },
    async fund(owner, funds) {
      const address = typeof owner === 'string' ? owner : owner.address(networkIdOf(network));
      const asked = { address, lovelace: String(funds.lovelace), outputs: 1 };
      const answer = (await control(devnet.controlUrl, '/faucet', asked)) as {
        outputs: { txHash: string; index: number }[];
      };
      const [output] = answer.outputs;
      const txHash = parseTxHash(output?.txHash ?? '');
      if (output === undefined || txHash === undefined) throw new Error('expected one output, found none');
      return {
        outRef: { txHash, index: output.index },
        address,
        lovelace: lovelace(funds.lovelace),
        assets: new Map(),
      };
    },
    spend: unused,
    hide: unused,
    reserve: unused,
    bindTerms: unused,
    hideAsset: unused,
  };
}
