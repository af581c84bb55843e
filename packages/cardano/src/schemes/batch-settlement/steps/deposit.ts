import { ok } from '../../../result.js';
import type { TransactionStep } from '../../scheme.js';
import { channelFrom, channelStateOf } from '../channel/channel.js';
import type { OpeningFacts } from '../facts/facts.js';
import {
  depositLedgerStage,
  openingOutputsStage,
  openingStage,
  topUpOutputsStage,
  topUpStage,
} from '../rules/index.js';
import { acceptedOfBuyer, changeOf, depositSuccess, stateOfNew } from './accepted.js';
import { askLedger, outputsStep, transactionStep } from './transaction-step.js';

/** A deposit opens a channel, or adds to the one that its voucher names a position of. */
export function depositStep(facts: OpeningFacts): TransactionStep {
  return facts.payload.voucher.channelRef === undefined ? openingStep(facts) : topUpStep(facts);
}

function openingStep(facts: OpeningFacts): TransactionStep {
  const { transaction, networkFacts, payload } = facts;
  return transactionStep(transaction, () => {
    const opening = openingStage.judge(facts);
    if (!opening.ok) return opening;
    const { made } = opening.value;
    const { amount } = payload.deposit;
    const payment = acceptedOfBuyer(facts, {
      kind: 'deposit',
      method: 'opening',
      amount,
      extra: stateOfNew(made, networkFacts.parameters),
      channels: [changeOf(made, 0n, made.held)],
      success: depositSuccess(amount, made, networkFacts.parameters),
    });
    const step = outputsStep(transaction, undefined, (chain) => {
      const judged = openingOutputsStage.judge({ ...opening.value, ...chain });
      return judged.ok ? ok(askLedger(depositLedgerStage, judged.value, payment)) : judged;
    });
    return ok({ payment, step });
  });
}

function topUpStep(facts: OpeningFacts): TransactionStep {
  const { transaction, networkFacts, payload, scriptHash } = facts;
  const { channelRef } = payload.voucher;
  return transactionStep(transaction, () => {
    const topUp = topUpStage.judge(facts);
    if (!topUp.ok) return topUp;
    const { amount } = payload.deposit;
    const { made } = topUp.value;
    const success = depositSuccess(amount, made, networkFacts.parameters);
    const channels = [changeOf(made, made.held - amount, made.held)];
    const accepted = { kind: 'deposit', method: 'topUp', amount, channels, success } as const;
    const followed = channelRef && channelFrom(channelRef, scriptHash);
    const step = outputsStep(transaction, followed, (chain) => {
      const judged = topUpOutputsStage.judge({ ...topUp.value, ...chain });
      if (!judged.ok) return judged;
      const extra = channelStateOf(judged.value.channel, networkFacts.parameters);
      return ok(askLedger(depositLedgerStage, judged.value, acceptedOfBuyer(facts, { ...accepted, extra })));
    });
    return ok({ payment: acceptedOfBuyer(facts, { ...accepted, extra: {} }), step });
  });
}
