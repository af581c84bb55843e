import {
  blake2b224,
  blake2b256,
  decodeTransaction,
  fromHex,
  type OutRefKey,
  outRefKey,
} from '@x402-facilitator/cardano';
import type { Devnet } from '@x402-facilitator/devnet';
import { encode, Tag } from 'cbor2';
import { describe, expect, it } from 'vitest';
import { devnetForTest, get, submit } from './support/http.js';
import { coinOf, Payer, type SignedPayment } from './support/payer.js';
import { expectDocumented } from './support/schema.js';

const ADA = 1_000_000n;
/** Plutus V3, `\_ -> error`: always fails. */
const ALWAYS_FAILS = Uint8Array.from(Buffer.from('450101002601', 'hex'));
const PLUTUS_V3 = 3;
const UNIT = new Tag(121, []);

/** A payment that spends from the script with a redeemer, offers collateral, and says whether the script succeeds. */
function spendFromScript(devnet: Devnet, payer: Payer, isValid: boolean): SignedPayment {
  const [funding, collateral] = payer.fund(devnet, 40n * ADA, 2);
  if (funding === undefined || collateral === undefined) throw new Error('the faucet gave no coins');
  const scriptHash = blake2b224(Uint8Array.from([PLUTUS_V3, ...ALWAYS_FAILS]));
  const locking = payer.pay({
    from: [funding],
    targets: [],
    body: new Map<number, unknown>([
      [
        1,
        [
          new Map<number, unknown>([
            [0, Uint8Array.from([0x70, ...scriptHash])],
            [1, funding.lovelace - 200_000n],
            [2, [1, new Tag(24, encode(UNIT))]],
          ]),
        ],
      ],
    ]),
  });
  expect(devnet.ledger.submit(locking.bytes).kind).toBe('accepted');
  devnet.timer.forge(1);

  const redeemers = new Map([
    [
      [0, 0],
      [UNIT, [10_000, 10_000_000]],
    ],
  ]);
  const { plutusV3 = [] } = devnet.ledger.parameters().costModels;
  const languageViews = encode(new Map([[2, [...plutusV3]]]));
  const scriptDataHash = blake2b256(Buffer.concat([encode(redeemers), languageViews]));
  const locked = coinOf(locking, 0, funding.lovelace - 200_000n);
  const fields = {
    from: [locked],
    targets: [{ to: payer.addressBytes, lovelace: 2n * ADA }],
    fee: 500_000n,
    body: new Map<number, unknown>([
      [
        1,
        [
          new Map<number, unknown>([
            [0, payer.addressBytes],
            [1, locked.lovelace - 500_000n],
          ]),
        ],
      ],
      [11, scriptDataHash],
      [13, [[fromHex(collateral.outRef.txHash), collateral.outRef.index]]],
      [
        16,
        new Map<number, unknown>([
          [0, payer.addressBytes],
          [1, collateral.lovelace - 2n * ADA],
        ]),
      ],
      [17, 2n * ADA],
    ]),
  };
  const unsigned = payer.pay(fields);
  const { bytes, id } = payer.pay({
    ...fields,
    witnesses: new Map<number, unknown>([
      [0, [payer.witness(fromHex(unsigned.id) ?? new Uint8Array())]],
      [5, redeemers],
      [7, [ALWAYS_FAILS]],
    ]),
  });
  if (!isValid) bytes[bytes.length - 2] = 0xf4;
  return { id, bytes };
}

describe('a transaction whose script fails', () => {
  it('is refused while it claims that the script succeeds', async () => {
    const devnet = await devnetForTest();
    const { bytes } = spendFromScript(devnet, new Payer(), true);
    const reply = await submit(devnet, bytes);
    expect(reply.status).toBe(400);
    expect((reply.body as { message: string }).message).toContain(
      'ValidationTagMismatch (IsValid True) (FailedUnexpectedly (PlutusFailure',
    );
  });

  it('pays with its collateral when it admits the failure, and the chain says so', async () => {
    const devnet = await devnetForTest();
    const payer = new Payer();
    const { id, bytes } = spendFromScript(devnet, payer, false);
    const [locked, collateral] = namedBy(bytes);
    expect((await submit(devnet, bytes)).body).toBe(id);
    devnet.timer.forge(1);

    expect((await get(devnet, `/txs/${id}`)).body).toMatchObject({ valid_contract: false });
    const { body } = await get(devnet, `/txs/${id}/utxos`);
    expectDocumented('/txs/{hash}/utxos', 200, body);
    expect(body).toMatchObject({
      inputs: [{ collateral: false }, { collateral: true }],
      outputs: [{ output_index: 1, collateral: true, amount: [{ unit: 'lovelace', quantity: '18000000' }] }],
    });
    expect(devnet.ledger.unspent(locked), 'the script keeps its money').toBeDefined();
    expect(devnet.ledger.unspent(collateral)).toBeUndefined();
  });
});

/** Keys of the input and the collateral that the transaction names. */
function namedBy(bytes: Uint8Array): readonly [OutRefKey, OutRefKey] {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(decoded.error);
  const [input] = decoded.value.inputs;
  const [collateral] = decoded.value.collateralInputs;
  if (input === undefined || collateral === undefined) throw new Error('expected an input and collateral');
  return [outRefKey(input), outRefKey(collateral)];
}
