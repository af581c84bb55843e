import { type OutRefKey, outRefKey, parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import type { UnspentOutput } from '@x402-facilitator/chain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planPool } from '../src/sponsorship/plan-pool.js';

const UTXO = 5_000_000n;
const NOBODY: ReadonlySet<OutRefKey> = new Set();

function output(index: number, lovelace: bigint, isPlainAda = true): UnspentOutput {
  return { outRef: { txHash: parseTxHash('ab'.repeat(32)) as TxHash, index }, lovelace, isPlainAda };
}

const outputs = (...amounts: readonly bigint[]) => amounts.map((lovelace, index) => output(index, lovelace));
const plan = (held: readonly UnspentOutput[], size = 4, claimed = NOBODY) =>
  planPool({ outputs: held, claimed, size, utxoLovelace: UTXO });

describe('planPool', () => {
  it('splits loose outputs until the pool has its size', () => {
    expect(plan(outputs(100_000_000n))).toMatchObject({ inputs: [{ lovelace: 100_000_000n }], create: 4 });
    expect(plan(outputs(UTXO, UTXO, UTXO, UTXO, 80_000_000n))).toBeUndefined();
  });

  it('makes as many as it can pay for, fee and change included', () => {
    expect(plan(outputs(12_000_000n))).toMatchObject({ create: 2 });
    expect(plan(outputs(11_999_999n))).toMatchObject({ create: 1 });
    expect(plan(outputs(6_999_999n))).toBeUndefined();
  });

  it('waits until a quarter of the pool or twenty outputs are missing', () => {
    const eighteen = outputs(...Array.from({ length: 18 }, () => UTXO), 500_000_000n);
    expect(plan(eighteen, 20)).toBeUndefined();
    expect(plan(eighteen, 24)).toMatchObject({ create: 6 });
    const most = outputs(...Array.from({ length: 180 }, () => UTXO), 500_000_000n);
    expect(plan(most, 199)).toBeUndefined();
    expect(plan(most, 200)).toMatchObject({ create: 20 });
  });

  it('merges small outputs that came back, when there are many', () => {
    const full = Array.from({ length: 4 }, () => UTXO);
    expect(plan(outputs(...full, ...Array.from({ length: 19 }, () => 3_000_000n)))).toBeUndefined();
    const merge = plan(outputs(...full, ...Array.from({ length: 20 }, () => 3_000_000n)));
    expect(merge).toMatchObject({ create: 0 });
    expect(merge?.inputs).toHaveLength(20);
  });

  it('shrinks a pool that is too large', () => {
    const six = plan(outputs(...Array.from({ length: 10 }, () => UTXO)), 4);
    expect(six?.inputs).toHaveLength(6);
    expect(six?.create).toBe(0);
  });

  it('never spends claimed outputs, outputs beyond plain ada, more than fits, or more than there is', () => {
    const held = fc.array(
      fc.record({
        lovelace: fc.oneof(fc.constant(UTXO), fc.bigInt({ min: 1_000_000n, max: 60_000_000n })),
        isPlainAda: fc.boolean(),
        isClaimed: fc.boolean(),
      }),
      { maxLength: 150 },
    );
    fc.assert(
      fc.property(held, fc.integer({ min: 1, max: 100 }), (drawn, size) => {
        const all = drawn.map(({ lovelace, isPlainAda }, index) => output(index, lovelace, isPlainAda));
        const claimed = new Set(
          all.filter((_, index) => drawn[index]?.isClaimed).map(({ outRef }) => outRefKey(outRef)),
        );
        const planned = plan(all, size, claimed);
        if (planned === undefined) return;
        const { inputs, create } = planned;
        const sum = inputs.reduce((total, { lovelace }) => total + lovelace, 0n);
        expect(inputs.length).toBeGreaterThan(0);
        expect(inputs.length).toBeLessThanOrEqual(60);
        expect(inputs.every(({ isPlainAda }) => isPlainAda)).toBe(true);
        expect(inputs.some(({ outRef }) => claimed.has(outRefKey(outRef)))).toBe(false);
        expect(BigInt(create) * UTXO + 2_000_000n).toBeLessThanOrEqual(sum);
        const pool = all.filter(({ lovelace, isPlainAda }) => isPlainAda && lovelace === UTXO).length;
        expect(pool + create).toBeLessThanOrEqual(Math.max(size, pool));
      }),
    );
  });
});
