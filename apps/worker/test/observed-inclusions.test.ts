import type { TxHash } from '@x402-facilitator/cardano';
import { slot } from '@x402-facilitator/cardano';
import type { SettlementState, TransitionRequest } from '@x402-facilitator/journal';
import { changeTo } from '@x402-facilitator/journal/testing';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { expect, it } from 'vitest';
import { createObservedInclusions, createSettlementWriter } from '../src/settlement/index.js';

const block = { hash: 'aa'.repeat(32), height: 7, slot: slot(140) };
const transactionOf = (number: number) => number.toString(16).padStart(64, '0') as TxHash;

function open() {
  const observed = createObservedInclusions();
  const writer = createSettlementWriter({
    journal: { transition: async () => ({ kind: 'not-found' }) },
    before: observed.observe,
    listeners: [],
    logger: createLogger({ tier: 'worker', logging: { level: 'error', pretty: false } }),
  });
  const record = (txHash: TxHash, to: SettlementState, change: Partial<TransitionRequest['change']> = {}) =>
    writer.transition(changeTo(to, { txHash, change }));
  return { observed, record };
}

it('an inclusion is remembered until a rollback, even if another worker wrote it first', async () => {
  const { observed, record } = open();
  await record(transactionOf(1), 'included', { block });
  await record(transactionOf(1), 'confirmed', { confirmations: 1 });
  expect(observed.inclusionOf(transactionOf(1))).toEqual(block);
  await record(transactionOf(1), 'submitted');
  expect(observed.inclusionOf(transactionOf(1))).toBeUndefined();
});

it('a transaction in no block leaves no inclusion', async () => {
  const { observed, record } = open();
  await record(transactionOf(1), 'failed', { errorReason: 'script failure' });
  expect(observed.inclusionOf(transactionOf(1))).toBeUndefined();
});

it('the oldest inclusions are dropped, so that memory stays limited', async () => {
  const { observed, record } = open();
  for (let number = 0; number < 10_002; number += 1)
    await record(transactionOf(number), 'included', { block });
  expect(observed.inclusionOf(transactionOf(0))).toBeUndefined();
  expect(observed.inclusionOf(transactionOf(1))).toBeUndefined();
  expect(observed.inclusionOf(transactionOf(2))).toEqual(block);
  expect(observed.inclusionOf(transactionOf(10_001))).toEqual(block);
});
