import { buildClaim, type ClaimedChannel } from '@x402-facilitator/cardano/channels';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import type { CardanoFacilitatorClient } from '@x402-facilitator/server';
import type { Stack } from '../stack/index.js';
import { outputAt, type Seller } from './seller.js';

/**
 * Redeems what a seller charged on one channel, through the facilitator.
 *
 * @returns the transaction's id
 */
export async function claimFrom(
  { network, devnet, payTo }: Stack,
  seller: Seller,
  facilitator: CardanoFacilitatorClient,
  claimed: ClaimedChannel & { readonly channelId: string },
  validator: string,
) {
  const provider = createBlockfrostProvider({ network, url: devnet.url });
  const own = await seller.outputs();
  const claim = buildClaim({
    network,
    facts: { parameters: await provider.getProtocolParameters(), timeline: await provider.getTimeline() },
    funding: own,
    collateral: own,
    changeAddress: seller.address,
    validator: { kind: 'reference', output: await outputAt(seller.chain, validator) },
    channels: [claimed],
    payTo,
    belowMinimum: 'refuse',
  });
  if (!claim.ok) throw new Error(`The claim cannot be built: ${JSON.stringify(claim.error)}`);
  const transaction = Buffer.from(await seller.sign(claim.value.bytes)).toString('base64');
  const claims = [{ channelId: claimed.channelId, totalClaimed: `${claimed.total}` }];
  const accepted = {
    scheme: 'batch-settlement',
    network,
    asset: 'lovelace',
    amount: '0',
    payTo,
    maxTimeoutSeconds: 0,
    extra: {},
  };
  const payload = { type: 'claim', transaction, claims };
  const settled = await facilitator.settle({ x402Version: 2, accepted, payload }, accepted);
  if (!settled.success) throw new Error(`The claim was not settled: ${JSON.stringify(settled)}`);
  return claim.value.id;
}
