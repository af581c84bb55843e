import { parseOutRef } from '../../../ledger/primitives/out-ref.js';
import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import type { NonceKnown, PayloadKnown } from '../facts/facts.js';
import { defineRule } from '../facts/rule.js';

export const nonce = defineRule({
  name: 'the nonce is an output reference',
  codes: ['invalid_exact_cardano_payload_nonce_invalid'],
  source: 'scheme: verification rule 5',
  check({ nonceText }: PayloadKnown, refuse): Result<NonceKnown, Refusal> {
    const reference = parseOutRef(nonceText);
    if (reference !== undefined) return ok({ nonce: reference });
    const expected = '64 hex characters, "#" and an index from 0 to 65535';
    const message = `paymentPayload.payload.nonce: expected ${expected}, found ${quote(nonceText)}`;
    return refuse('invalid_exact_cardano_payload_nonce_invalid', message);
  },
});
