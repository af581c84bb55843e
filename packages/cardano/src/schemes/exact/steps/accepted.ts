import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { AcceptedPayment } from '../../scheme.js';
import type { SponsoredCost, SponsorshipUse } from '../../sponsorship.js';
import { SPONSOR_WITNESS_MISSING } from '../facts/codes.js';
import { SCHEME } from '../facts/terms.js';
import { awaitedSigner } from '../fee-sponsor/index.js';
import type { CheckedTransaction } from './check-transaction.js';

function costOf({ id, input, changeIndex, feeLovelace, lentLovelace }: SponsorshipUse): SponsoredCost {
  const { outRef, changeAddress } = input;
  const signer = changeAddress.payment.hash;
  return { id, output: outRefKey(outRef), signer, changeIndex, feeLovelace, lentLovelace };
}

/** Good, but for the seller's signature: it cannot be settled without. */
function awaiting(signer: string): Required<Pick<AcceptedPayment, 'extra' | 'unsettleable'>> {
  const message = `paymentPayload.payload.sponsorWitnesses: expected the signature of the offer’s key ${signer}, found none`;
  return {
    extra: { awaitedSponsorWitness: signer },
    unsettleable: { code: SPONSOR_WITNESS_MISSING, message },
  };
}

/** A payment that every rule accepts, in the form that every scheme gives. */
export function accepted(
  { terms, transaction, ttl, methodChecks, sponsorship, offer }: CheckedTransaction,
  payer: string,
): AcceptedPayment {
  const { network, payTo, asset, amount, requiredConfirmations, method } = terms;
  const { termsDigest, otherParties } = methodChecks;
  const signer = awaitedSigner(transaction, offer);
  return {
    scheme: SCHEME,
    kind: 'payment',
    network,
    txHash: transaction.id,
    payer,
    payTo,
    asset,
    amount,
    inputs: transaction.inputs.map(outRefKey),
    ttl,
    fee: transaction.fee,
    requiredConfirmations,
    bytes: transaction.bytes,
    hasScripts: transaction.hasScriptWitnesses,
    method,
    ...(termsDigest === undefined ? {} : { termsDigest }),
    ...(otherParties === undefined ? {} : { otherParties }),
    ...(sponsorship === undefined ? {} : { sponsorship: costOf(sponsorship) }),
    ...(signer === undefined ? {} : awaiting(signer)),
  };
}
