import { type Network, parseNetwork } from '../../../ledger/network/network.js';
import { quote } from '../../quote.js';
import { defineRule } from '../../rule.js';
import type { NetworkKnown, RequestFacts } from '../facts/facts.js';
import type { Refusal } from '../facts/terms.js';

function served(networks: ReadonlySet<Network>): string {
  return [...networks].join(' or ');
}

export const network = defineRule({
  number: 3,
  name: 'both sides name the same network, and it is served here',
  codes: ['network_mismatch'],
  source: 'scheme: "Network Identifiers", verification rule 1',
  check({ request, policy }: RequestFacts, refuse): NetworkKnown | Refusal {
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
    return { network: found };
  },
});
