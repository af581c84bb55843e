import { blake2b224, blake2b256, fromHex } from '@x402-facilitator/cardano';
import type { Devnet } from '@x402-facilitator/devnet';
import { encode, Tag } from 'cbor2';
import { coinOf, type Payer, type SignedPayment } from './payer.js';

const ADA = 1_000_000n;
/** Plutus V3, `\_ -> error`: always fails. */
const ALWAYS_FAILS = Uint8Array.from(Buffer.from('450101002601', 'hex'));
const PLUTUS_V3 = 3;
const UNIT = new Tag(121, []);

/**
 * A payment that spends from a script that always fails, with a redeemer and collateral. It says whether the script
 * succeeds.
 */
export function spendFromFailingScript(devnet: Devnet, payer: Payer, isValid: boolean): SignedPayment {
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
  const locked = devnet.ledger.submit(locking.bytes);
  if (locked.kind !== 'accepted')
    throw new Error(`expected the script to get its money, found ${locked.kind}`);
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
  const coin = coinOf(locking, 0, funding.lovelace - 200_000n);
  const fields = {
    from: [coin],
    targets: [{ to: payer.addressBytes, lovelace: 2n * ADA }],
    fee: 500_000n,
    body: new Map<number, unknown>([
      [
        1,
        [
          new Map<number, unknown>([
            [0, payer.addressBytes],
            [1, coin.lovelace - 500_000n],
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
