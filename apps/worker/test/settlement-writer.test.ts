import { PassThrough } from 'node:stream';
import type { Settlement, TransitionOutcome } from '@x402-facilitator/journal';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { expect, it } from 'vitest';
import { createSettlementWriter, type TransitionListener } from '../src/settlement/settlement-writer.js';
import { asTxHash } from './support/payments.js';

const REQUEST = {
  network: 'cardano:preview',
  txHash: asTxHash('ab'.repeat(32)),
  from: ['queued'],
  to: 'submitting',
} as const;
const CHANGED: TransitionOutcome = { kind: 'changed', from: 'queued', settlement: {} as Settlement };

/** A writer that records each step in `steps`. */
function open(outcome: TransitionOutcome, listeners: readonly TransitionListener[] = []) {
  const steps: string[] = [];
  const lines: string[] = [];
  const destination = new PassThrough();
  destination.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trimEnd().split('\n')));
  const told = (name: string) => () => void steps.push(name);
  const writer = createSettlementWriter({
    journal: {
      transition: async () => {
        steps.push('written');
        return outcome;
      },
    },
    before: told('before'),
    listeners: [told('first'), ...listeners, told('last')],
    logger: createLogger({ tier: 'worker', logging: { level: 'error', pretty: false }, destination }),
  });
  return { writer, steps, logs: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

it('calls its listeners in order, after the write, and only for changes', async () => {
  const changed = open(CHANGED);
  expect(await changed.writer.transition(REQUEST)).toBe(CHANGED);
  expect(changed.steps).toEqual(['before', 'written', 'first', 'last']);

  const missing = open({ kind: 'not-found' });
  expect(await missing.writer.transition(REQUEST)).toEqual({ kind: 'not-found' });
  expect(missing.steps).toEqual(['before', 'written']);
});

it.each([
  [
    'throws',
    () => {
      throw new Error('no ears');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no ears'))],
])('a listener that %s is logged, and the others still get the transition', async (_how, listener) => {
  const { writer, steps, logs } = open(CHANGED, [listener]);
  expect(await writer.transition(REQUEST)).toBe(CHANGED);
  expect(steps).toEqual(['before', 'written', 'first', 'last']);
  expect(logs()).toEqual([
    expect.objectContaining({
      transaction: REQUEST.txHash,
      message: 'a transition was written, but one of its listeners failed',
    }),
  ]);
});
