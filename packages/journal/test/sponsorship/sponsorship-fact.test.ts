import { ok } from '@x402-facilitator/cardano';
import { PAYER, walletOf } from '@x402-facilitator/cardano/testing';
import { type Sponsorship, sponsorshipFactOf, sponsorshipIdSchema } from '@x402-facilitator/journal';
import { expect, it } from 'vitest';
import { input, NETWORK, txHash } from '../support/harness.js';

const WALLET = walletOf('facilitator').address(0);
const TRANSACTION = txHash(1);
const POLICY = { maxFeeLovelace: 400_000n, minAdaLovelace: 2_000_000n };

const RESERVED: Sponsorship = {
  schemaVersion: 1,
  network: NETWORK,
  id: sponsorshipIdSchema.parse('5c'.repeat(16)),
  state: 'reserved',
  caller: 'key:shop',
  payer: PAYER.address(0),
  input: input(1),
  lovelace: 5_000_000n,
  changeAddress: WALLET,
  maxFeeLovelace: 300_000n,
  minAdaLovelace: 1_200_000n,
  day: '2026-11-20',
  bookedLovelace: 1_500_000n,
  reservedAtMs: 0,
  expiresAtMs: 1,
};

const factOf = (change: Partial<Sponsorship> = {}, more: { walletAddress?: string } = {}) =>
  sponsorshipFactOf(ok({ ...RESERVED, ...change }), { txHash: TRANSACTION, policy: POLICY, ...more });

it('a reservation is valid for any transaction, and a bound one only for its own', () => {
  expect(factOf()).toMatchObject({
    kind: 'reserved',
    input: { lovelace: 5_000_000n, maxFeeLovelace: 300_000n, minAdaLovelace: 1_200_000n },
  });
  for (const state of ['bound', 'signed', 'spent'] as const) {
    expect(factOf({ state, txHash: TRANSACTION })).toMatchObject({ kind: 'reserved' });
    expect(factOf({ state, txHash: txHash(2) })).toEqual({ kind: 'used', by: txHash(2) });
  }
});

it.each(['expired', 'released', 'lost'] as const)(
  'one that is %s is not valid for any transaction',
  (state) => {
    expect(factOf({ state })).toEqual({ kind: 'expired' });
  },
);

it('a record never allows more than the reader’s own configuration', () => {
  expect(factOf({ maxFeeLovelace: 9_000_000n, minAdaLovelace: 9_000_000n })).toMatchObject({
    input: POLICY,
  });
});

it('a worker refuses the reservations of another wallet', () => {
  expect(factOf({}, { walletAddress: WALLET })).toMatchObject({ kind: 'reserved' });
  expect(factOf({}, { walletAddress: PAYER.address(0) })).toMatchObject({ kind: 'unavailable' });
});

it('throws on a record whose address is not a wallet’s', () => {
  expect(() => factOf({ changeAddress: 'addr_test1nobody' })).toThrow('the address of a wallet');
});
