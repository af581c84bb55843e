import {
  decodeTransaction,
  judgePhase1,
  LOVELACE,
  lovelace,
  outRefKey,
  slot,
} from '@x402-facilitator/cardano';
import {
  assembleWitness,
  fromHex,
  leastLovelaceOf,
  type NewOutput,
  quantityOf,
  sum,
  toHex,
} from '@x402-facilitator/cardano/ledger';
import { addressBytes, PREVIEW, unwrap, walletOf } from '@x402-facilitator/cardano/testing';
import { judge, questionOf } from '@x402-facilitator/second-judge';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildTransaction, type TransactionPlan, type WalletOutput } from '../src/index.js';
import { amountOf } from '../src/transaction/index.js';
import { encodeTransaction, witnessBytes } from '../src/transaction/write-transaction.js';
import { outputsAt, someAssets } from './support/random-wallet.js';

const { parameters, timeline } = PREVIEW;
const TTL = 100_000_000;
const PAYER = walletOf('payer');
const SPONSOR = walletOf('sponsor');
const SELLER = walletOf('seller');
const STAKE = walletOf('stake');
/** With a stake part, as most wallets have. */
const home = addressBytes(0x00, Buffer.from(PAYER.keyHash, 'hex'), Buffer.from(STAKE.keyHash, 'hex'));
const homeText = PAYER.address(0);

const plan = (
  change: Partial<TransactionPlan> & Pick<TransactionPlan, 'outputs' | 'available'>,
): TransactionPlan => ({
  change: home,
  ttl: TTL,
  parameters,
  ...change,
});

/** What both judges say of a transaction, once the keys have signed it. */
function verdicts(bytes: Uint8Array, inputs: readonly WalletOutput[]) {
  const id = fromHex(unwrap(decodeTransaction(bytes)).id) ?? new Uint8Array();
  const addresses = new Set(inputs.map(({ address }) => address));
  const signed = [PAYER, SPONSOR]
    .filter((wallet) => addresses.has(wallet.address(0)))
    .reduce((signing, wallet) => assembleWitness(signing, wallet.publicKey, wallet.sign(id)), bytes);
  const transaction = unwrap(decodeTransaction(signed));
  const outputs = new Map(inputs.map((output) => [outRefKey(output.outRef), output]));
  const input = {
    transaction,
    parameters,
    slot: slot(TTL - 100),
    network: 'cardano:preview' as const,
    outputs,
  };
  return { ours: judgePhase1(input), theirs: judge(questionOf(input, timeline)), transaction };
}

const price = fc.oneof(
  fc.bigInt({ min: 849_070n, max: 5_000_000n }),
  fc.bigInt({ min: 5_000_000n, max: 500_000_000n }),
);
const situation = someAssets.chain((assets) =>
  fc.record({
    available: outputsAt(homeText, assets, 40),
    asset: fc.oneof(fc.constant(LOVELACE), fc.constantFrom(...assets)),
    amount: price,
    datum: fc.option(fc.constantFrom('d87980', `581f${'00'.repeat(31)}`), { nil: undefined }),
    sponsored: fc.boolean(),
  }),
);

test('whatever a wallet holds and is asked: both judges accept what is built, and it loses the price and the fee alone', () => {
  let built = 0;
  fc.assert(
    fc.property(situation, ({ available, asset, amount, datum, sponsored }) => {
      const bare: NewOutput = {
        address: SELLER.addressBytes(0),
        value: amountOf(asset, amount),
        inlineDatum: datum === undefined ? undefined : Uint8Array.from(Buffer.from(datum, 'hex')),
      };
      const least = leastLovelaceOf(bare, parameters);
      if (asset === LOVELACE && amount < least) return;
      const paying = asset === LOVELACE ? bare : { ...bare, value: { ...bare.value, lovelace: least } };
      const lent: WalletOutput = {
        outRef: { txHash: 'ff'.repeat(32) as WalletOutput['outRef']['txHash'], index: 0 },
        address: SPONSOR.address(0),
        lovelace: lovelace(5_000_000n),
        assets: new Map(),
      };
      const back = (fee: bigint): NewOutput => ({
        address: SPONSOR.addressBytes(0),
        value: { lovelace: lent.lovelace - fee, assets: new Map() },
      });
      const wanted = plan({
        available,
        outputs: sponsored ? (fee) => [paying, back(fee)] : () => [paying],
        required: sponsored ? [lent] : [],
      });
      const result = buildTransaction(wanted);
      if (!result.ok) {
        // It gives up only where all outputs together do not suffice, or do not fit.
        const all = sum(available);
        if (result.error.kind === 'too little') expect(quantityOf(all, asset)).toBeLessThan(amount);
        if (result.error.kind === 'too little ada')
          expect(all.lovelace).toBeLessThan(paying.value.lovelace + 45_000_000n);
        return;
      }
      built += 1;
      const { bytes, inputs, fee } = result.value;
      const spent = inputs.map((ref) => {
        const found = [...available, lent].find((output) => outRefKey(output.outRef) === outRefKey(ref));
        if (found === undefined) throw new Error(`an input that nobody gave: ${outRefKey(ref)}`);
        return found;
      });
      const { ours, theirs, transaction } = verdicts(bytes, spent);
      expect(ours).toEqual([]);
      expect(theirs).toEqual({ kind: 'accepted' });
      const own = spent.filter(({ address }) => address === homeText);
      const change = transaction.outputs.filter(({ addressBytes: to }) => toHex(to) === toHex(home));
      expect(sum(own).lovelace - sum(change).lovelace).toBe(paying.value.lovelace + (sponsored ? 0n : fee));
      for (const [name, held] of sum(own).assets)
        expect(held - (sum(change).assets.get(name) ?? 0n)).toBe(name === asset ? amount : 0n);
      // The fee is the least that suffices, but for the bytes that a smaller one would save.
      const exact = parameters.minFeeConstant + parameters.minFeePerByte * BigInt(transaction.ledgerSize);
      expect(fee - exact).toBeLessThan(5n * parameters.minFeePerByte);
      expect(buildTransaction(wanted)).toEqual(result);
      expect(buildTransaction({ ...wanted, available: available.toReversed() })).toEqual(result);
    }),
    { numRuns: 100, seed: 402, endOnFailure: true },
  );
  expect(built).toBeGreaterThan(40);
});

const output = (index: number, coins: bigint, assets: WalletOutput['assets'] = new Map()): WalletOutput => ({
  outRef: { txHash: 'ab'.repeat(32) as WalletOutput['outRef']['txHash'], index },
  address: homeText,
  lovelace: lovelace(coins),
  assets,
});
const paying =
  (amount: bigint): TransactionPlan['outputs'] =>
  () => [{ address: SELLER.addressBytes(0), value: amountOf(LOVELACE, amount) }];
const chosen = (
  available: readonly WalletOutput[],
  amount: bigint,
  change: Partial<TransactionPlan> = {},
) => {
  const built = buildTransaction(plan({ available, outputs: paying(amount), ...change }));
  return built.ok ? built.value.inputs.map(({ index }) => index) : built.error;
};

test('the smallest output that suffices alone is spent, so that large ones stay for other payments', () => {
  expect(chosen([output(0, 100_000_000n), output(1, 2_000_000n), output(2, 5_000_000n)], 2_000_000n)).toEqual(
    [2],
  );
});

test('where none suffices alone, as few as possible are', () => {
  const available = [1, 2, 3, 4].map((index) => output(index, BigInt(index) * 1_000_000n));
  expect(chosen(available, 5_000_000n)).toEqual([3, 4]);
});

test('a required input is spent, even where another would do', () => {
  const [small, large] = [output(0, 1_500_000n), output(1, 50_000_000n)];
  expect(chosen([small, large], 2_000_000n, { required: [small] })).toEqual([0, 1]);
});

test('all of a wallet can be spent, and nothing comes back', () => {
  const outputs = paying(2_000_000n)(0n);
  const [all] = [output(0, 2_000_000n)];
  const bare = encodeTransaction({ inputs: [all.outRef], outputs, fee: 170_000n, ttl: TTL });
  const fee = 155_381n + 44n * BigInt(bare.length - 1 + witnessBytes(1));
  const held = output(0, 2_000_000n + fee);
  const built = buildTransaction(plan({ available: [held], outputs: paying(2_000_000n) }));
  if (!built.ok) throw new Error(built.error.kind);
  expect(unwrap(decodeTransaction(built.value.bytes)).outputs).toHaveLength(1);
  expect(verdicts(built.value.bytes, [held])).toMatchObject({ ours: [], theirs: { kind: 'accepted' } });
});

test.each([
  [
    'less than the price',
    [output(0, 1_000_000n)],
    { kind: 'too little', asset: LOVELACE, held: 1_000_000n, wanted: 2_000_000n },
  ],
  ['the price and nothing for the fee', [output(0, 2_000_000n)], { kind: 'too little ada' }],
  ['too little for the change to hold', [output(0, 2_900_000n)], { kind: 'too little ada' }],
  ['nothing', [], { kind: 'too little', asset: LOVELACE, held: 0n, wanted: 2_000_000n }],
])('a wallet that holds %s says so', (_, available, failure) => {
  expect(chosen(available, 2_000_000n)).toEqual(failure);
});

test('a wallet of dust says soon that the transaction would be too large', () => {
  const dust = Array.from({ length: 5_000 }, (_, index) => output(index, 1_000_000n));
  expect(chosen(dust, 4_000_000_000n)).toMatchObject({ kind: 'too large', most: 16_384 });
});
