import { blake2b224 } from '../../../../ledger/primitives/hash.js';
import { toHex } from '../../../../ledger/primitives/hex.js';
import { outRefKey } from '../../../../ledger/primitives/out-ref.js';
import { assembleWitness } from '../../../../ledger/transaction/assemble-witness.js';
import { decodeTransaction } from '../../../../ledger/transaction/decode-transaction.js';
import { readLoneWitness } from '../../../../ledger/transaction/lone-witness.js';
import { ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import type { TransactionKnown } from '../../facts/facts.js';
import { defineRule } from '../../facts/rule.js';
import { awaitedSigner, spendsOffer } from '../spends-offer.js';
import type { OfferEncodingFacts, OfferKnown, OfferRequestFacts, WitnessKnown } from './facts.js';

const CODE = 'fee_sponsor_witness_invalid';
const PATH = 'paymentPayload.payload.sponsorWitnesses';
/** A witness set of one signature has 104 bytes; long heads and the tag of a set add some. */
const MAX_BYTES = 1024;

export const witness = defineRule({
  name: 'sponsorWitnesses, where they are given, are the one signature of the offer’s key',
  codes: [CODE],
  source: 'draft: "Settlement Logic", F2',
  check({ request, offer }: OfferRequestFacts & OfferKnown, refuse): Result<WitnessKnown, Refusal> {
    const { sponsorWitnesses: given } = request.paymentPayload.payload;
    if (given === undefined) return ok({});
    if (typeof given !== 'string')
      return refuse(CODE, `${PATH}: expected a witness set as CBOR hex, found ${typeof given}`);
    if (given.length > 2 * MAX_BYTES)
      return refuse(CODE, `${PATH}: expected at most ${2 * MAX_BYTES} characters, found ${given.length}`);
    if (offer === undefined)
      return refuse(CODE, `${PATH}: expected none, because the requirements have no feeSponsor`);
    const read = readLoneWitness(given);
    if (!read.ok) return refuse(CODE, `${PATH}: ${read.error}`);
    const signer = toHex(blake2b224(read.value.publicKey));
    const { hash } = offer.address.payment;
    if (signer === hash) return ok({ sponsorWitness: read.value });
    return refuse(CODE, `${PATH}: expected a signature by the offer’s key ${hash}, found one by ${signer}`);
  },
});

export const merged = defineRule({
  name: 'the transaction spends the offered output, and lacks the signature that sponsorWitnesses add',
  codes: [CODE],
  source: 'draft: "Settlement Logic", F2',
  check(
    { transaction, offer, sponsorWitness }: OfferEncodingFacts,
    refuse,
  ): Result<TransactionKnown, Refusal> {
    if (offer === undefined || sponsorWitness === undefined) return ok({ transaction });
    if (!spendsOffer(transaction, offer))
      return refuse(CODE, `${PATH}: expected none, because nothing spends ${outRefKey(offer.input)}`);
    if (awaitedSigner(transaction, offer) === undefined)
      return refuse(CODE, `${PATH}: expected none, because the transaction has this key’s signature`);
    const { publicKey, signature } = sponsorWitness;
    const decoded = decodeTransaction(assembleWitness(transaction.bytes, publicKey, signature));
    return decoded.ok ? ok({ transaction: decoded.value }) : refuse(CODE, `${PATH}: ${decoded.error}`);
  },
});
