import { minimumFee } from '../../../ledger/phase-1/fee.js';
import { unspentOutputs } from '../../output-facts.js';
import type { ChainFacts, TransactionFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

export const feeMinimum = defineRule({
  name: 'the fee covers size, execution units and reference scripts, and this deployment’s floor',
  codes: ['invalid_exact_cardano_payload_fee_below_minimum'],
  source: 'scheme: verification rule 6; ledger: FeeTooSmallUTxO; chain.verification.feeMinLovelace',
  check({ transaction, outputs, networkFacts, policy, awaited }: ChainFacts, refuse) {
    const { parameters } = networkFacts;
    const sized = awaited === undefined ? transaction : { ...transaction, ledgerSize: awaited.ledgerSize };
    const protocolMinimum = minimumFee({ transaction: sized, parameters, outputs: unspentOutputs(outputs) });
    const { feeMinLovelace } = policy;
    if (transaction.fee >= protocolMinimum && transaction.fee >= feeMinLovelace) return PASSED;
    const minimum =
      protocolMinimum < feeMinLovelace ? `${feeMinLovelace} (this deployment)` : protocolMinimum;
    const message = `transaction: expected a fee of at least ${minimum} lovelace, found ${transaction.fee}`;
    return refuse('invalid_exact_cardano_payload_fee_below_minimum', message);
  },
});

export const feeMaximum = defineRule({
  name: 'the fee is within this deployment’s limit',
  codes: ['invalid_exact_cardano_payload_fee_above_maximum'],
  source: 'this deployment: chain.verification.feeMaxLovelace',
  check({ transaction, policy }: TransactionFacts, refuse) {
    if (transaction.fee <= policy.feeMaxLovelace) return PASSED;
    const message = `transaction: expected a fee of at most ${policy.feeMaxLovelace} lovelace, found ${transaction.fee}`;
    return refuse('invalid_exact_cardano_payload_fee_above_maximum', message);
  },
});
