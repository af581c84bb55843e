import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import type { PayloadKnown, RequestFacts } from '../facts/facts.js';
import { defineRule } from '../facts/rule.js';

export const payload = defineRule({
  name: 'transaction and nonce are strings',
  codes: ['invalid_exact_cardano_payload'],
  source: 'scheme: "PAYMENT-SIGNATURE Header Payload"',
  check({ request }: RequestFacts, refuse): Result<PayloadKnown, Refusal> {
    const { transaction, nonce } = request.paymentPayload.payload;
    if (typeof transaction !== 'string' || transaction === '') {
      // The value may be the signed transaction in another shape: it is not quoted.
      const found =
        transaction === undefined ? 'nothing' : transaction === '' ? 'an empty string' : typeof transaction;
      const message = `paymentPayload.payload.transaction: expected a base64 string, found ${found}`;
      return refuse('invalid_exact_cardano_payload', message);
    }
    if (typeof nonce !== 'string' || nonce === '') {
      const message = `paymentPayload.payload.nonce: expected a string txHash#index, found ${quote(nonce)}`;
      return refuse('invalid_exact_cardano_payload', message);
    }
    return ok({ transactionBase64: transaction, nonceText: nonce });
  },
});
