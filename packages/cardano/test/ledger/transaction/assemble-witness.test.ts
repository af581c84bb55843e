import { assembleWitness } from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as cbor from '../../support/cbor-writer.js';
import { PAYER } from '../../support/payment.js';
import { buildTransaction, type Encoding } from '../../support/transaction-builder.js';
import { transactionOf } from '../../support/unwrap.js';
import { walletOf } from '../../support/wallet.js';
import { txHash } from '../../support/world.js';

const FACILITATOR = walletOf('facilitator');

function decoded(bytes: Uint8Array) {
  return transactionOf(bytes);
}

const encoding: fc.Arbitrary<Encoding> = fc.record({
  sets: fc.constantFrom('tagged', 'untagged'),
  length: fc.constantFrom('definite', 'indefinite'),
  heads: fc.constantFrom('shortest' as const, 1 as const, 2 as const, 4 as const, 8 as const),
});

function payment(options: { encoding?: Encoding; signers?: number; witnesses?: Record<number, cbor.Cbor> }) {
  return buildTransaction({
    inputs: [{ txHash: txHash('funds'), index: 0 }],
    outputs: [{ address: PAYER.addressBytes(0), lovelace: 2_000_000n }],
    fee: 200_000n,
    ttl: 1000,
    signers: Array.from({ length: options.signers ?? 1 }, (_, at) => walletOf(`payer ${at}`)),
    ...(options.encoding === undefined ? {} : { encoding: options.encoding }),
    ...(options.witnesses === undefined ? {} : { witnesses: options.witnesses }),
  });
}

function witnessed(bytes: Uint8Array, id: string) {
  const signature = FACILITATOR.sign(Buffer.from(id, 'hex'));
  return { signature, bytes: assembleWitness(bytes, FACILITATOR.publicKey, signature) };
}

describe('assembleWitness', () => {
  test('adds one witness to any legal encoding and leaves id, body and every other witness as they were', () => {
    fc.assert(
      fc.property(encoding, fc.integer({ min: 0, max: 25 }), fc.boolean(), (form, signers, hasScript) => {
        const script = cbor.array([cbor.int(0), cbor.bytes(cbor.hex(PAYER.keyHash))]);
        const witnesses = hasScript ? { 1: cbor.array([script]) } : {};
        const built = payment({ encoding: form, signers, witnesses });
        const before = decoded(built.bytes);
        const { bytes, signature } = witnessed(built.bytes, built.id);
        const after = decoded(bytes);
        expect(after.id).toBe(before.id);
        expect(Buffer.compare(after.bodyBytes, before.bodyBytes)).toBe(0);
        expect(after.vkeyWitnesses.slice(0, -1)).toEqual(before.vkeyWitnesses);
        expect(after.vkeyWitnesses.at(-1)).toEqual({ publicKey: FACILITATOR.publicKey, signature });
        expect(after.scriptWitnesses).toEqual(before.scriptWitnesses);
        expect(after.auxiliaryDataBytes).toEqual(before.auxiliaryDataBytes);
      }),
      { numRuns: 100 },
    );
  });

  test('leaves a signature that is there alone, so that doing it twice is doing it once', () => {
    fc.assert(
      fc.property(encoding, (form) => {
        const built = payment({ encoding: form });
        const once = witnessed(built.bytes, built.id).bytes;
        expect(witnessed(once, built.id).bytes).toBe(once);
      }),
    );
  });

  test('leaves the bytes that it was given alone', () => {
    const built = payment({});
    const copy = Uint8Array.from(built.bytes);
    witnessed(built.bytes, built.id);
    expect(built.bytes).toEqual(copy);
  });

  test('throws on bytes that are not a transaction, a key or a signature', () => {
    const built = payment({});
    const { signature } = witnessed(built.bytes, built.id);
    expect(() => assembleWitness(Uint8Array.of(1), FACILITATOR.publicKey, signature)).toThrow('transaction');
    expect(() => assembleWitness(built.bytes, Uint8Array.of(1), signature)).toThrow('a key of 32');
    expect(() => assembleWitness(built.bytes, FACILITATOR.publicKey, Uint8Array.of(1))).toThrow('64 bytes');
  });
});
