import {
  LOVELACE,
  nativeAssetId,
  parseAssetId,
  parseTxHash,
  type TxHash,
} from '@x402-facilitator/cardano/ledger';
import { z } from 'zod';

/** Scalars as the chain's HTTP services write them. */
export const txHash = z.string().transform((text, context): TxHash => {
  const hash = parseTxHash(text);
  if (hash !== undefined) return hash;
  context.addIssue({ code: 'custom', message: 'expected 64 hex characters' });
  return z.NEVER;
});
export const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
export const count = z.int().nonnegative();
export const quantity = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt);
/** Some services write integers as numbers, some as text. */
export const integer = z.union([count.transform(BigInt), quantity]);

const POLICY_ID_LENGTH = 56;

/** `lovelace`, or policy id and asset name run together. */
export const unit = z.string().transform((text, context) => {
  if (text === LOVELACE) return LOVELACE;
  const asset = parseAssetId(nativeAssetId(text.slice(0, POLICY_ID_LENGTH), text.slice(POLICY_ID_LENGTH)));
  if (asset !== undefined) return asset;
  context.addIssue({ code: 'custom', message: 'expected lovelace, or policy id and asset name in hex' });
  return z.NEVER;
});
