import { err, ok, type Result } from '../../../result.js';
import type { VerificationPolicy } from '../../policy.js';
import { type Refusal, refuse } from '../../refusal.js';
import type { PaymentRequest } from '../../request.js';
import type { CommitmentRequest, RequestStep, RequiredPayment } from '../../scheme.js';
import { channelFrom, channelStateOf } from '../channel/channel.js';
import { isSignedIouInPool } from '../codec/iou.js';
import { CODES } from '../facts/codes.js';
import type { BuyerFacts } from '../facts/facts.js';
import { SCHEME } from '../facts/terms.js';
import {
  buyerStage,
  buyerTermsStage,
  claimEncodingStage,
  claimStage,
  depositEncodingStage,
  envelopeStage,
  refundEncodingStage,
  requirementsStage,
  voucherStage,
} from '../rules/index.js';
import type { VoucherPayload } from '../shapes/payload.js';
import { claimStep } from './claim.js';
import { depositStep } from './deposit.js';
import { refundStep } from './refund.js';

const PATH = 'paymentPayload.payload';

/** Reads a request about a channel: everything that can be judged without the chain and without decoding. */
export function readRequest(
  request: PaymentRequest,
  policy: VerificationPolicy,
): Result<RequestStep, Refusal> {
  const envelope = envelopeStage.judge({ request, policy });
  if (!envelope.ok) return envelope;
  const { network } = envelope.value;
  if (envelope.value.type === 'claim') {
    const claim = claimStage.judge(envelope.value);
    if (!claim.ok) return claim;
    const encoded = { base64: claim.value.payload.transaction, path: `${PATH}.transaction` };
    return ok({
      kind: 'transaction',
      network,
      decode(networkFacts) {
        const decoded = claimEncodingStage.judge({ encoded, parameters: networkFacts.parameters });
        return decoded.ok ? ok(claimStep({ ...claim.value, ...decoded.value, networkFacts })) : decoded;
      },
    });
  }
  const buyer = buyerStage.judge(envelope.value);
  return buyer.ok ? ok(requestOfBuyer(buyer.value)) : buyer;
}

/**
 * Judges what a buyer sends to a seller by every rule that needs no chain, the voucher's signature included, which a thread of
 * Node's pool verifies.
 *
 * @returns what it says, in the units of the rules; or the first refusal, with the binding's code.
 * @example
 * const read = await readBuyer({ paymentPayload, paymentRequirements }, policy);
 * if (read.ok) console.log(read.value.payload.voucher.maxClaimableAmount);
 */
export async function readBuyer(
  request: PaymentRequest,
  policy: VerificationPolicy,
): Promise<Result<BuyerFacts, Refusal>> {
  const envelope = envelopeStage.judge({ request, policy });
  if (!envelope.ok) return envelope;
  if (envelope.value.type === 'claim')
    return refuse(CODES.notSettled, `${PATH}.type: expected deposit, voucher or refund, found claim`);
  const buyer = buyerTermsStage.judge(envelope.value);
  if (!buyer.ok) return buyer;
  const { voucher, channelConfig } = buyer.value.payload;
  const iou = { tag: voucher.channelId, amount: voucher.maxClaimableAmount };
  const isSigned = await isSignedIouInPool(iou, channelConfig.payerAuthorizer, voucher.signature);
  // The rule says what is wrong with it.
  return isSigned ? buyer : buyerStage.judge(envelope.value);
}

function requestOfBuyer(known: BuyerFacts): RequestStep {
  const { network, payload } = known;
  switch (payload.type) {
    case 'voucher':
      return voucherRequest({ ...known, payload });
    case 'deposit': {
      const encoded = { base64: payload.deposit.transaction, path: `${PATH}.deposit.transaction` };
      return {
        kind: 'transaction',
        network,
        decode(networkFacts) {
          const decoded = depositEncodingStage.judge({ encoded, parameters: networkFacts.parameters });
          return decoded.ok
            ? ok(depositStep({ ...known, payload, ...decoded.value, networkFacts }))
            : decoded;
        },
      };
    }
    case 'refund': {
      const encoded = { base64: payload.transaction, path: `${PATH}.transaction` };
      return {
        kind: 'transaction',
        network,
        decode(networkFacts) {
          const decoded = refundEncodingStage.judge({ encoded, parameters: networkFacts.parameters });
          return decoded.ok ? ok(refundStep({ ...known, payload, ...decoded.value, networkFacts })) : decoded;
        },
      };
    }
  }
}

function voucherRequest(known: BuyerFacts<VoucherPayload>): CommitmentRequest {
  const { network, payer, receiverAuthorizer, scriptHash, payload } = known;
  return {
    kind: 'commitment',
    network,
    needs: { followed: channelFrom(payload.voucher.channelRef, scriptHash) },
    check({ networkFacts, followed }) {
      const judged = voucherStage.judge({ ...known, networkFacts, followed });
      if (!judged.ok) return judged;
      const extra = channelStateOf(judged.value.channel, networkFacts.parameters);
      return ok({
        kind: 'commitment',
        scheme: SCHEME,
        network,
        payer,
        otherParties: [receiverAuthorizer],
        extra,
      });
    },
  };
}

/** Judges requirements for which no payment exists yet. */
export function readRequirements(
  paymentRequirements: PaymentRequest['paymentRequirements'],
  policy: VerificationPolicy,
): Result<RequiredPayment, Refusal> {
  const paymentPayload = { x402Version: 2, accepted: paymentRequirements, payload: {} };
  const known = requirementsStage.judge({ request: { paymentPayload, paymentRequirements }, policy });
  if (!known.ok) return known;
  const { network, payTo, asset, amount } = known.value;
  return ok({
    network,
    payTo,
    asset,
    amount,
    sponsorable: err('the fees of channels are not sponsored here'),
  });
}
