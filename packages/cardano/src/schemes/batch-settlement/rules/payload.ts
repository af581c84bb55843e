import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import { parseShape } from '../../shape.js';
import { isSignedIou } from '../codec/iou.js';
import type {
  BuyerFacts,
  ClaimKnown,
  ExtraKnown,
  PayloadKnown,
  PriceKnown,
  RequestFacts,
  TypeKnown,
} from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { type BuyerPayload, claimPayload, PAYLOADS } from '../shapes/payload.js';

const P = 'invalid_batch_settlement_cardano';
const PATH = 'paymentPayload.payload';

export const payload = defineRule({
  name: 'the payload has the fields of its type in their form; amounts are canonical',
  codes: [`${P}_payload`],
  source: 'binding: "Client: payment construction"',
  check({ request, type }: RequestFacts & TypeKnown, refuse): Result<PayloadKnown, Refusal> {
    if (type === 'claim') throw new TypeError('expected what a buyer sends, found a claim');
    const parsed: Result<BuyerPayload, string> = parseShape(
      PAYLOADS[type],
      request.paymentPayload.payload,
      PATH,
    );
    if (!parsed.ok) return refuse(`${P}_payload`, parsed.error);
    return ok({ payload: parsed.value, payer: parsed.value.channelConfig.payer });
  },
});

export const claimShape = defineRule({
  name: 'a claim has a transaction, and a list of its channels in their form',
  codes: [`${P}_payload`],
  source: 'binding: "POST /settle"',
  check({ request }: RequestFacts, refuse): Result<ClaimKnown, Refusal> {
    const parsed = parseShape(claimPayload, request.paymentPayload.payload, PATH);
    return parsed.ok ? ok({ payload: parsed.value }) : refuse(`${P}_payload`, parsed.error);
  },
});

type ConfigFacts = RequestFacts & PriceKnown & ExtraKnown & PayloadKnown;

/** A rule that one field of the channel's configuration is what the requirements say. */
function sameAsRequired<const Code extends `${typeof P}_${string}_mismatch`>(
  field: 'receiver' | 'receiverAuthorizer' | 'token' | 'withdrawDelay',
  required: string,
  code: Code & Parameters<typeof defineRule>[0]['codes'][number],
  of: (facts: ConfigFacts) => string | number,
) {
  return defineRule({
    name: `the channel’s ${field} is ${required}`,
    codes: [code],
    source: 'binding: "POST /verify"',
    check(facts: ConfigFacts, refuse) {
      const [expected, found] = [of(facts), facts.payload.channelConfig[field]];
      if (expected === found) return PASSED;
      const message = `${PATH}.channelConfig.${field}: expected ${quote(expected)}, found ${quote(found)}`;
      return refuse(code, message);
    },
  });
}

export const receiver = sameAsRequired(
  'receiver',
  'payTo',
  `${P}_receiver_mismatch`,
  ({ request }) => request.paymentRequirements.payTo,
);
export const receiverAuthorizer = sameAsRequired(
  'receiverAuthorizer',
  'extra.receiverAuthorizer',
  `${P}_receiver_authorizer_mismatch`,
  (facts) => facts.receiverAuthorizer,
);
export const token = sameAsRequired('token', 'the asset', `${P}_token_mismatch`, (facts) => facts.asset);
export const withdrawDelay = sameAsRequired(
  'withdrawDelay',
  'extra.withdrawDelay',
  `${P}_withdraw_delay_mismatch`,
  (facts) => facts.withdrawDelay,
);

export const voucherSigned = defineRule({
  name: 'the voucher’s signature is the IOU’s by payerAuthorizer',
  codes: [`${P}_voucher_signature`],
  source: 'binding: "IOUs"',
  check({ payload: { voucher, channelConfig } }: Pick<BuyerFacts, 'payload'>, refuse) {
    const iou = { tag: voucher.channelId, amount: voucher.maxClaimableAmount };
    if (isSignedIou(iou, channelConfig.payerAuthorizer, voucher.signature)) return PASSED;
    const expected = `a signature by ${channelConfig.payerAuthorizer} over the IOU of ${iou.amount}`;
    return refuse(`${P}_voucher_signature`, `${PATH}.voucher.signature: expected ${expected}, found another`);
  },
});
