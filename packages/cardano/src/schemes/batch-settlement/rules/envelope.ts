import { parseNetwork } from '../../../ledger/network/network.js';
import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import { otherVersionIn } from '../../request.js';
import type { NetworkKnown, RequestFacts, TypeKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { SCHEME } from '../facts/terms.js';

const P = 'invalid_batch_settlement_cardano';

export const version = defineRule({
  name: 'envelope and payload are of x402 version 2',
  codes: ['invalid_x402_version'],
  source: 'x402 specification v2, section 5.2',
  check({ request }: RequestFacts, refuse) {
    const other = otherVersionIn(request);
    return other === undefined ? PASSED : refuse('invalid_x402_version', other);
  },
});

export const scheme = defineRule({
  name: `the scheme is ${SCHEME} on both sides`,
  codes: [`${P}_scheme`],
  source: 'binding: "POST /verify"',
  check({ request }: RequestFacts, refuse) {
    const sides = {
      'paymentRequirements.scheme': request.paymentRequirements.scheme,
      'paymentPayload.accepted.scheme': request.paymentPayload.accepted.scheme,
    };
    for (const [path, found] of Object.entries(sides))
      if (found !== SCHEME)
        return refuse(`${P}_scheme`, `${path}: expected "${SCHEME}", found ${quote(found)}`);
    return PASSED;
  },
});

export const network = defineRule({
  name: 'both sides name the same network, by its id or its CIP-34 alias, and it is served here',
  codes: [`${P}_network_mismatch`],
  source: 'binding: "Network identifiers"',
  check({ request, policy }: RequestFacts, refuse): Result<NetworkKnown, Refusal> {
    const { network: required } = request.paymentRequirements;
    const { network: accepted } = request.paymentPayload.accepted;
    const found = parseNetwork(required);
    if (found === undefined || !policy.networks.has(found)) {
      const expected = [...policy.networks].join(' or ');
      const message = `paymentRequirements.network: expected ${expected}, found ${quote(required)}`;
      return refuse(`${P}_network_mismatch`, message);
    }
    if (parseNetwork(accepted) !== found) {
      const message = `paymentPayload.accepted.network: expected ${found}, found ${quote(accepted)}`;
      return refuse(`${P}_network_mismatch`, message);
    }
    return ok({ network: found });
  },
});

const TYPES = ['deposit', 'voucher', 'refund', 'claim'] as const;

export const payloadType = defineRule({
  name: 'the payload is of a known type',
  codes: [`${P}_payload_type`],
  source: 'binding: "Client: payment construction", "POST /settle"',
  check({ request }: RequestFacts, refuse): Result<TypeKnown, Refusal> {
    const given = request.paymentPayload.payload.type;
    const type = TYPES.find((known) => known === given);
    if (type !== undefined) return ok({ type });
    const message = `paymentPayload.payload.type: expected ${TYPES.join(', ')}, found ${quote(given)}`;
    return refuse(`${P}_payload_type`, message);
  },
});
