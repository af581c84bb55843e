import { type AssetId, parseAssetId } from '@x402-facilitator/cardano';
import * as cbor from '../../support/cbor-writer.js';
import { REGISTRY_POLICY_ID } from '../../support/internals.js';
import {
  type Commitment,
  type Cose,
  type Extra,
  type MasumiChanges,
  masumiPaymentOn,
  SELLER,
} from '../../support/masumi.js';
import { TOKEN_POLICY } from '../../support/tokens.js';
import { addressBytes, addressText, walletOf } from '../../support/wallet.js';
import type { World } from '../../support/world.js';
import type { Case } from '../case.js';
import * as rules from '../rules.js';

export const P = 'invalid_exact_cardano_payload_masumi';
export const R = 'invalid_exact_cardano_requirements_masumi';
export const STRANGER = walletOf('stranger');
export const SCRIPT_HASH = cbor.hex('5c'.repeat(28));
export const POLICY_ID = TOKEN_POLICY;
export const AGENT = `${REGISTRY_POLICY_ID}${'10'.repeat(32)}`;

export function asset(id: string): AssetId {
  const parsed = parseAssetId(id);
  if (parsed === undefined) throw new Error(`${id} is not an asset`);
  return parsed;
}

export const TOKEN = asset(`${POLICY_ID}.01`);
export const TOKEN_FUNDS = { lovelace: 20_000_000n, assets: [[TOKEN, 1000n]] as const };
export const WITH_TOKENS: MasumiChanges = { asset: TOKEN, amount: 10n, funds: TOKEN_FUNDS };

export type Changes = MasumiChanges | ((world: World) => MasumiChanges | Promise<MasumiChanges>);

/** Cases of one outcome, by situation: what the message must name, and what is bent. */
export function cases(
  expect: Case['expect'],
  situations: Readonly<Record<string, readonly [string, Changes]>>,
): Case[] {
  return Object.entries(situations).map(([situation, [because, changes]]) => ({
    rule: rules.transferMethod,
    expect,
    because,
    situation: `masumi: ${situation}`,
    payment: async (world) =>
      masumiPaymentOn(world, typeof changes === 'function' ? await changes(world) : changes),
  }));
}

export function accepted(situations: Readonly<Record<string, Changes>>): Case[] {
  const named = Object.entries(situations).map(([name, changes]) => [name, ['verified', changes]] as const);
  return cases('verified', Object.fromEntries(named));
}

export const extra = (change: (extra: Extra) => Record<string, unknown>): MasumiChanges => ({
  extra: (usual) => ({ ...usual, ...change(usual) }),
});
export const terms = (changes: Record<string, unknown>): MasumiChanges => ({ terms: changes });
export const commitment = (change: (usual: Commitment) => Record<string, unknown>): MasumiChanges => ({
  commitment: (usual) => ({ ...usual, ...change(usual) }),
});
export const cose = (change: (usual: Cose) => Partial<Cose>): MasumiChanges => ({
  cose: (usual) => ({ ...usual, ...change(usual) }),
});
export const datum = (changes: object): MasumiChanges => ({ datum: (usual) => ({ ...usual, ...changes }) });
export const later = (world: World, minutes: number) => `${world.nowMs + minutes * 60_000}`;

export const scriptStakeAddress = addressText(
  addressBytes(0x20, SELLER.addressBytes(0).slice(1), SCRIPT_HASH),
);
export const scriptAddress = addressText(addressBytes(0x70, SCRIPT_HASH));
export const pointerAddress = addressText(
  addressBytes(0x40, SELLER.addressBytes(0).slice(1), Uint8Array.of(1, 2, 3)),
);
export const baseAddress = addressText(
  addressBytes(0x00, SELLER.addressBytes(0).slice(1), STRANGER.addressBytes(0).slice(1)),
);
