import { type Network, parseNetwork } from '../../../ledger/network/network.js';
import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import type { NetworkKnown, RequestFacts } from '../facts/facts.js';
import { defineRule } from '../facts/rule.js';

function served(networks: ReadonlySet<Network>): string {
  return [...networks].join(' or ');
}

export const network = defineRule({
  name: 'both sides name the same network, and it is served here',
  codes: ['network_mismatch'],
  source: 'scheme: "Network Identifiers", verification rule 1',
  check({ request, policy }: RequestFacts, refuse): Result<NetworkKnown, Refusal> {
    const { network: required } = request.paymentRequirements;
    const { network: accepted } = request.paymentPayload.accepted;
    const found = parseNetwork(required);
    if (found === undefined || !policy.networks.has(found)) {
      const message = `paymentRequirements.network: expected ${served(policy.networks)}, found ${quote(required)}`;
      return refuse('network_mismatch', message);
    }
    if (parseNetwork(accepted) !== found) {
      const message = `paymentPayload.accepted.network: expected ${found}, found ${quote(accepted)}`;
      return refuse('network_mismatch', message);
    }
    return ok({ network: found });
  },
});
