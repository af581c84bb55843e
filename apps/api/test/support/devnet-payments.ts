import type { PaymentRequest } from '@x402-facilitator/cardano';
import {
  moneyWorld,
  type PaymentChanges,
  PREVIEW,
  paymentOn,
  type World,
} from '@x402-facilitator/cardano/testing';
import type { Devnet } from '@x402-facilitator/devnet';

/** Makes signed payments whose money is really on the devnet. Each spends its own output. */
export function paymentsOn(devnet: Devnet): (changes?: PaymentChanges) => Promise<PaymentRequest> {
  return (changes) => paymentOn(worldOf(devnet), changes);
}

/** The devnet as the ledger on which the payments of `packages/cardano` are made. */
export function worldOf(devnet: Devnet): World {
  return moneyWorld({
    network: 'cardano:preview',
    facts: { ...PREVIEW, timeline: devnet.ledger.profile.timeline },
    clock: () => devnet.ledger.nowMs(),
    grant(address, lovelace) {
      const grant = devnet.faucet.grant({ address, lovelace, assets: new Map(), outputs: 1 });
      if (grant.kind === 'refused') throw new Error(grant.message);
      const [output] = grant.outputs;
      if (output === undefined) throw new Error('expected one output, found none');
      return { txHash: output.txHash, index: output.index };
    },
  });
}
