import type { AssetId, TxHash } from '@x402-facilitator/cardano/ledger';
import { nativeAssetId } from '@x402-facilitator/cardano/ledger';
import fc from 'fast-check';
import type { WalletOutput } from '../../src/index.js';

const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((it) => Buffer.from(it).toString('hex'));

/** A few assets that a wallet and a price share, of names from empty to the longest. */
export const someAssets = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom('aa', 'bb', 'cc'), fc.uint8Array({ maxLength: 32 }))
    .map(([policy, name]) => nativeAssetId(policy.repeat(28), Buffer.from(name).toString('hex'))),
  { minLength: 1, maxLength: 200 },
);

/** Outputs at an address: dust, coins, and bags of tokens. */
export function outputsAt(
  address: string,
  assets: readonly AssetId[],
  most: number,
): fc.Arbitrary<WalletOutput[]> {
  const output = fc.record({
    txHash: hexOf(32).map((hash) => hash as TxHash),
    index: fc.integer({ min: 0, max: 300 }),
    lovelace: fc.oneof(
      fc.bigInt({ min: 1_000_000n, max: 3_000_000n }),
      fc.bigInt({ min: 3_000_000n, max: 50_000_000n }),
      fc.bigInt({ min: 1n << 32n, max: 1n << 50n }),
    ),
    held: fc.oneof<fc.WeightedArbitrary<readonly AssetId[]>[]>(
      { weight: 3, arbitrary: fc.constant<readonly AssetId[]>([]) },
      {
        weight: 2,
        arbitrary: fc.subarray<AssetId>([...assets], { minLength: 1, maxLength: Math.min(4, assets.length) }),
      },
      { weight: 1, arbitrary: fc.constant<readonly AssetId[]>(assets) },
    ),
    quantity: fc.oneof(fc.bigInt({ min: 1n, max: 1_000n }), fc.bigInt({ min: 1n, max: 1n << 62n })),
  });
  return fc
    .uniqueArray(output, { maxLength: most, selector: ({ txHash, index }) => `${txHash}#${index}` })
    .map((outputs) =>
      outputs.map(({ txHash, index, lovelace, held, quantity }) => ({
        outRef: { txHash, index },
        address,
        lovelace: lovelace as WalletOutput['lovelace'],
        assets: new Map(held.map((asset) => [asset, quantity])),
      })),
    );
}
