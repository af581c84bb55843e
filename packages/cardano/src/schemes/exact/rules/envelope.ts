import { type Network, parseNetwork } from '../../../ledger/network/network.js';
import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import { otherVersionIn } from '../../request.js';
import type { NetworkKnown, RequestFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { SCHEME } from '../facts/terms.js';

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

export const scheme = defineRule({
  name: `the scheme is ${SCHEME} on both sides`,
  codes: ['unsupported_scheme'],
  source: 'x402 specification v2, section 5.2',
  check({ request }: RequestFacts, refuse) {
    const sides = {
      'paymentRequirements.scheme': request.paymentRequirements.scheme,
      'paymentPayload.accepted.scheme': request.paymentPayload.accepted.scheme,
    };
    for (const [path, found] of Object.entries(sides)) {
      if (found !== SCHEME)
        return refuse('unsupported_scheme', `${path}: expected "${SCHEME}", found ${quote(found)}`);
    }
    return PASSED;
  },
});

export const version = defineRule({
  name: 'envelope and payload are of x402 version 2',
  codes: ['invalid_exact_cardano_payload_unsupported_version'],
  source: 'x402 specification v2, section 5.2',
  check({ request }: RequestFacts, refuse) {
    const other = otherVersionIn(request);
    return other === undefined ? PASSED : refuse('invalid_exact_cardano_payload_unsupported_version', other);
  },
});
