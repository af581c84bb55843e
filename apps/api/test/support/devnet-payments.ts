import {
  lovelace,
  type Network,
  type NetworkFacts,
  networkIdOf,
  type PaymentRequest,
} from '@x402-facilitator/cardano';
import { type PaymentChanges, PREVIEW, paymentOn, type World } from '@x402-facilitator/cardano/testing';
import type { Devnet } from '@x402-facilitator/devnet';

/** Makes signed payments whose money is really on the devnet. Each spends its own output. */
export function paymentsOn(devnet: Devnet): (changes?: PaymentChanges) => Promise<PaymentRequest> {
  return (changes) => paymentOn(worldOf(devnet), changes);
}

/** The devnet as the ledger on which the payments of `packages/cardano` are made. */
export function worldOf(devnet: Devnet): World {
  const network: Network = 'cardano:preview';
  const facts: NetworkFacts = { ...PREVIEW, timeline: devnet.ledger.profile.timeline };
  const unused = (): never => {
    throw new Error('this ledger is controlled through the devnet');
  };
  return {
    network,
    facts,
    get nowMs() {
      return devnet.ledger.nowMs();
    },
    async fund(owner, funds) {
      const address = typeof owner === 'string' ? owner : owner.address(networkIdOf(network));
      const grant = devnet.faucet.grant({ address, lovelace: funds.lovelace, assets: new Map(), outputs: 1 });
      if (grant.kind === 'refused') throw new Error(grant.message);
      const [output] = grant.outputs;
      if (output === undefined) throw new Error('expected one output, found none');
      return {
        outRef: { txHash: output.txHash, index: output.index },
        address,
        lovelace: lovelace(output.lovelace),
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
