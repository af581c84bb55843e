import type { RequestFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

const SUPPORTED_VERSION = 2;

export const version = defineRule({
  name: 'the payload is of x402 version 2',
  codes: ['invalid_exact_cardano_payload_unsupported_version'],
  source: 'x402 specification v2, section 5.2',
  check({ request }: RequestFacts, refuse) {
    const { x402Version } = request.paymentPayload;
    if (x402Version === SUPPORTED_VERSION) return PASSED;
    const message = `paymentPayload.x402Version: expected ${SUPPORTED_VERSION}, found ${x402Version}`;
    return refuse('invalid_exact_cardano_payload_unsupported_version', message);
  },
});
