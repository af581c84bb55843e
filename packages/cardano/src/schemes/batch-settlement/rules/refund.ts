import { parseAddress } from '../../../ledger/address/index.js';
import { minimumFee } from '../../../ledger/phase-1/fee.js';
import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import { witnessBytes } from '../../../ledger/transaction/assemble-witness.js';
import { createdOutputs } from '../../../ledger/transaction/created-outputs.js';
import { decodeTransaction } from '../../../ledger/transaction/decode-transaction.js';
import { ok, type Result } from '../../../result.js';
import { factOf, unspentOutputs } from '../../output-facts.js';
import type { Refusal } from '../../refusal.js';
import { guardOf, paidTo, subbedOf } from '../channel/channel.js';
import { withProviderWitness } from '../codec/provider-witness.js';
import type { BuyerFacts, OutputsKnown, PlaceKnown, RefundFacts, TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import type { RefundPayload } from '../shapes/payload.js';
import { isWitnessedBy, redeemerOf } from './spent.js';

const CODE = 'invalid_batch_settlement_cardano_refund_transaction';
const SOURCE = 'binding: "POST /verify", Refund';

type Decoded = BuyerFacts<RefundPayload> & TransactionKnown;

export const providerWitness = defineRule({
  name: 'providerWitness, where it is given, is the provider’s one signature',
  codes: [CODE],
  source: 'binding: "refund"',
  check({ transaction, payload, receiverAuthorizer }: Decoded, refuse): Result<TransactionKnown, Refusal> {
    if (payload.providerWitness === undefined) return ok({ transaction });
    const signed = withProviderWitness(transaction.bytes, payload.providerWitness, receiverAuthorizer);
    const decoded = signed.ok ? decodeTransaction(signed.value) : signed;
    if (decoded.ok) return ok({ transaction: decoded.value });
    return refuse(CODE, `paymentPayload.payload.providerWitness: ${decoded.error}`);
  },
});

export const requiredSigners = defineRule({
  name: 'the required signers are exactly consumer and provider',
  codes: [CODE],
  source: SOURCE,
  check({ transaction, payer, receiverAuthorizer }: Decoded, refuse) {
    const found = [...transaction.requiredSigners].sort();
    const expected = [payer, receiverAuthorizer].sort();
    if (found.join() === expected.join()) return PASSED;
    const message = `expected the required signers ${expected.join(' and ')}, found ${found.slice(0, 3).join(', ') || 'none'}`;
    return refuse(CODE, `transaction: ${message}`);
  },
});

export const signedByConsumer = defineRule({
  name: 'the consumer has signed the refund',
  codes: [CODE],
  source: SOURCE,
  check({ transaction, payer }: Decoded, refuse) {
    if (isWitnessedBy(transaction, payer)) return PASSED;
    return refuse(CODE, `transaction: expected a signature by the consumer’s key ${payer}, found none`);
  },
});

export const leavesNothing = defineRule({
  name: 'it leaves nothing at the validator',
  codes: [CODE],
  source: SOURCE,
  check({ transaction, scriptHash }: Decoded, refuse) {
    const left = createdOutputs(transaction).filter(({ address }) => guardOf(address) === scriptHash);
    if (left.length === 0) return PASSED;
    return refuse(CODE, `transaction: expected no output guarded by ${scriptHash}, found ${left.length}`);
  },
});

export const mutualAlone = defineRule({
  name: 'it spends the channel at its current position and nothing else, by Mutual',
  codes: [CODE],
  source: SOURCE,
  check({ transaction, channel }: TransactionKnown & PlaceKnown, refuse) {
    const inputs = transaction.inputs.map(outRefKey);
    if (inputs.length !== 1 || inputs[0] !== channel.ref) {
      const found = inputs.slice(0, 3).join(', ');
      return refuse(
        CODE,
        `transaction: expected the channel ${channel.ref} as its only input, found ${found}`,
      );
    }
    const isMutual = redeemerOf(transaction, channel.ref)?.kind === 'mutual';
    if (isMutual && transaction.redeemers.length === 1) return PASSED;
    return refuse(CODE, 'transaction: expected the one redeemer Mutual, found another');
  },
});

export const paysShare = defineRule({
  name: 'it pays payTo at least what the voucher is above what was redeemed',
  codes: [CODE],
  source: SOURCE,
  check({ transaction, channel, payload, payTo, asset }: Decoded & PlaceKnown, refuse) {
    const owed = payload.voucher.maxClaimableAmount - subbedOf(channel);
    const paid = paidTo(transaction, payTo, asset);
    if (paid >= owed) return PASSED;
    return refuse(CODE, `transaction: expected at least ${owed} ${asset} to ${payTo.text}, found ${paid}`);
  },
});

export const ownCollateral = defineRule({
  name: 'collateral is locked by a key that is not the provider’s',
  codes: [CODE],
  source: SOURCE,
  check({ transaction, outputs, receiverAuthorizer }: RefundFacts & OutputsKnown, refuse) {
    for (const ref of transaction.collateralInputs) {
      const fact = factOf(outputs, ref);
      const address = fact.status === 'unspent' ? parseAddress(fact.output.address) : undefined;
      const payment = address?.ok && address.value.kind === 'shelley' ? address.value.payment : undefined;
      if (payment?.kind === 'key' && payment.hash !== receiverAuthorizer) continue;
      const message = `expected the collateral ${outRefKey(ref)} to be the consumer’s, found another’s`;
      return refuse(CODE, `transaction: ${message}`);
    }
    return PASSED;
  },
});

export const roomForProvider = defineRule({
  name: 'the provider’s signature fits into the transaction and its fee',
  codes: [CODE],
  source: 'ledger: MaxTxSizeUTxO, FeeTooSmallUTxO',
  check({ transaction, outputs, networkFacts, receiverAuthorizer }: RefundFacts & OutputsKnown, refuse) {
    if (isWitnessedBy(transaction, receiverAuthorizer)) return PASSED;
    const { parameters } = networkFacts;
    const ledgerSize = transaction.ledgerSize + witnessBytes(transaction.bytes);
    if (ledgerSize > parameters.maxTransactionBytes) {
      const expected = `at most ${parameters.maxTransactionBytes} bytes with the provider’s signature`;
      return refuse(CODE, `transaction: expected ${expected}, found ${ledgerSize}`);
    }
    const signed = { ...transaction, ledgerSize };
    const least = minimumFee({ transaction: signed, parameters, outputs: unspentOutputs(outputs) });
    if (transaction.fee >= least) return PASSED;
    const expected = `a fee of at least ${least} lovelace with the provider’s signature`;
    return refuse(CODE, `transaction: expected ${expected}, found ${transaction.fee}`);
  },
});
