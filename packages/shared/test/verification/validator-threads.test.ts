import { fileURLToPath } from 'node:url';
import { decodeTransaction, outRefKey, slotAt, type ValidatorQuestion } from '@x402-facilitator/cardano';
import {
  askValidator,
  MemoryWorld,
  type PaymentChanges,
  paymentOn,
  validatorQuestion,
} from '@x402-facilitator/cardano/testing';
import { startValidatorThreads } from '@x402-facilitator/shared/verification';
import { expect, onTestFinished, test } from 'vitest';

function threads(count: number, module?: string) {
  const started = startValidatorThreads({ threads: count, ...(module === undefined ? {} : { module }) });
  onTestFinished(() => started.close());
  return started;
}

async function questionAbout(changes: PaymentChanges = {}): Promise<ValidatorQuestion> {
  const world = new MemoryWorld();
  const { paymentPayload } = await paymentOn(world, changes);
  const decoded = decodeTransaction(Buffer.from(String(paymentPayload.payload.transaction), 'base64'));
  if (!decoded.ok) throw new Error(decoded.error);
  const transaction = decoded.value;
  const outputs = transaction.inputs.map((ref) => {
    const fact = world.factOf(ref);
    if (fact.status !== 'unspent') throw new Error(`expected an unspent output, found it ${fact.status}`);
    return [outRefKey(ref), fact.output] as const;
  });
  const { parameters, timeline } = world.facts;
  const slot = slotAt(timeline, world.nowMs);
  return validatorQuestion({
    transaction,
    parameters,
    slot,
    network: world.network,
    outputs: new Map(outputs),
  });
}

test('threads answer concurrent questions, each as this thread would', async () => {
  const { ask } = threads(2);
  const questions = await Promise.all([
    questionAbout(),
    questionAbout({ transaction: ({ spec }) => ({ ...spec, signers: [] }) }),
    questionAbout({ transaction: ({ spec }) => ({ ...spec, fee: 1n }) }),
  ]);
  const asked = Array.from({ length: 30 }, (_, index) => questions[index % questions.length] ?? questions[0]);
  const answers = await Promise.all(asked.map((question) => ask(question)));
  expect(answers).toEqual(asked.map((question) => askValidator(question)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(questions.length);
});

test('a question that kills threads fails, and the questions beside and after it are answered', async () => {
  const { ask } = threads(1, fileURLToPath(new URL('./support/mortal-thread.mjs', import.meta.url)));
  const question = await questionAbout();
  const [dead, beside] = await Promise.allSettled([
    ask({ ...question, transactionHex: 'fatal' }),
    ask(question),
  ]);
  expect(dead.status).toBe('rejected');
  expect(beside).toEqual({ status: 'fulfilled', value: askValidator(question) });
  expect(await ask(question)).toEqual(askValidator(question));
});
