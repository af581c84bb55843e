import type { TxHash } from '@x402-facilitator/cardano';
import { slot } from '@x402-facilitator/cardano';
import type { TransitionRequest } from '@x402-facilitator/journal';
import { expect, it } from 'vitest';
import { createChainWitness } from '../src/settlement/index.js';

const block = { hash: 'aa'.repeat(32), height: 7, slot: slot(140) };
const transactionOf = (number: number) => number.toString(16).padStart(64, '0') as TxHash;

function open() {
  const witness = createChainWitness();
  const writer = witness.watching({ transition: async () => ({ kind: 'not-found' }) });
  const record = (transaction: TxHash, rest: Pick<TransitionRequest, 'to' | 'change'>) =>
    writer.transition({ network: 'cardano:preview', transaction, from: ['submitted'], ...rest });
  return { witness, record };
}

it('a landing is remembered, also when another worker wrote it first, until a rollback takes it back', async () => {
  const { witness, record } = open();
  await record(transactionOf(1), { to: 'included', change: { block, confirmations: 0 } });
  await record(transactionOf(1), { to: 'confirmed', change: { confirmations: 1 } });
  expect(witness.landingOf(transactionOf(1))).toEqual(block);
  await record(transactionOf(1), { to: 'submitted' });
  expect(witness.landingOf(transactionOf(1))).toBeUndefined();
});

it('what is in no block leaves no landing', async () => {
  const { witness, record } = open();
  await record(transactionOf(1), { to: 'failed', change: { errorReason: 'script failure' } });
  expect(witness.landingOf(transactionOf(1))).toBeUndefined();
});

it('the oldest landings give way, so that no number of payments fills the memory', async () => {
  const { witness, record } = open();
  for (let number = 0; number < 10_002; number += 1)
    await record(transactionOf(number), { to: 'included', change: { block } });
  expect(witness.landingOf(transactionOf(0))).toBeUndefined();
  expect(witness.landingOf(transactionOf(1))).toBeUndefined();
  expect(witness.landingOf(transactionOf(2))).toEqual(block);
  expect(witness.landingOf(transactionOf(10_001))).toEqual(block);
});
