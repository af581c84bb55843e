import { err, type Result } from '@x402-facilitator/cardano/ledger';
import type { WalletOutput } from '../chain/index.js';
import type { ChannelSpend } from '../payment/index.js';
import type { BuildFailure, Output } from '../transaction/index.js';
import type { Position } from './position.js';
import type { ChannelRecord } from './record.js';
import type { Context } from './settings.js';

/** A transaction that spends a channel, without signatures. */
export type BuiltSpend = { readonly bytes: Uint8Array; readonly spend: ChannelSpend };
type Found = Extract<Position, { readonly kind: 'found' }>;
type Base = { readonly available: readonly WalletOutput[]; readonly ttl: number };

export async function buildTopUp(
  _c: Context,
  _r: ChannelRecord,
  _p: Base & { readonly added: bigint },
): Promise<Result<BuiltSpend, BuildFailure>> {
  return err({ kind: 'too little ada' });
}
export async function buildRefund(
  _c: Context,
  _r: ChannelRecord,
  _p: Base & { readonly share: Output | undefined },
): Promise<BuiltSpend> {
  throw new Error('todo');
}
export async function buildClose(
  _c: Context,
  _r: ChannelRecord,
  _p: Base & { readonly position: Found; readonly elapseAtMs: bigint },
): Promise<BuiltSpend> {
  throw new Error('todo');
}
export async function buildLeave(
  _c: Context,
  _r: ChannelRecord,
  _p: Base & { readonly position: Found; readonly step: 'end' | 'elapse'; readonly fromSlot?: number },
): Promise<BuiltSpend> {
  throw new Error('todo');
}
