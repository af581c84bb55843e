import { type ChainOutput, nativeAssetId } from '@x402-facilitator/cardano';
import { MERCHANT, PAYER } from './payment.js';
import { TOKEN_POLICY } from './tokens.js';
import type { TransactionSpec } from './transaction-builder.js';
import type { World } from './world.js';

export const TOKEN = nativeAssetId(TOKEN_POLICY, '01');
export const SPONSORED_PRICE = 40n;
/** All that the payer has: tokens, and the ada that travels with them. */
const PAYER_TOKENS = 100n;
export const PAYER_LOVELACE = 1_300_000n;

export type PlainOutput = Exclude<TransactionSpec['outputs'][number], Uint8Array>;

export function fundPayer(world: World): Promise<ChainOutput> {
  return world.fund(PAYER, { lovelace: PAYER_LOVELACE, assets: [[TOKEN, PAYER_TOKENS]] });
}

/** The payment, with ada that another one gives, and all that the payer keeps. */
export function tokenOutputs(
  networkId: 0 | 1,
  paidLovelace: bigint,
): readonly [payment: PlainOutput, own: PlainOutput] {
  const tokens = (quantity: bigint) => [[TOKEN_POLICY, '01', quantity] as const];
  return [
    { address: MERCHANT.addressBytes(networkId), lovelace: paidLovelace, assets: tokens(SPONSORED_PRICE) },
    {
      address: PAYER.addressBytes(networkId),
      lovelace: PAYER_LOVELACE,
      assets: tokens(PAYER_TOKENS - SPONSORED_PRICE),
    },
  ];
}
