import {
  type AssetId,
  type ChainOutput,
  lovelace,
  parseAssetId,
  parseTxHash,
  type TxHash,
} from '@x402-facilitator/cardano';
import { z } from 'zod';
import type { ProviderOutput } from '../provider.js';
import type { HeldOutputs } from './cached-outputs.js';

const parsed = <T>(parse: (text: string) => T | undefined) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `cannot be read: ${text}` });
    return z.NEVER;
  });

const txHash = parsed<TxHash>(parseTxHash);
const integer = z.string().regex(/^\d+$/).transform(BigInt);

const outputSchema = z.object({
  index: z.int().nonnegative(),
  address: z.string(),
  lovelace: integer.transform(lovelace),
  assets: z.array(z.tuple([parsed<AssetId>(parseAssetId), integer])),
  datumHash: z.string().optional(),
  inlineDatum: z.string().optional(),
  referenceScript: z
    .object({
      hash: z.string(),
      language: z.enum(['native', 'plutusV1', 'plutusV2', 'plutusV3']),
      bytes: z.string(),
    })
    .optional(),
  spent: z.union([z.boolean(), txHash]),
});

const heldSchema = z.object({ askedAtMs: z.number(), outputs: z.array(outputSchema) });

/** As text for Redis. */
export function encodeOutputs({ askedAtMs, outputs }: HeldOutputs): string {
  return JSON.stringify({
    askedAtMs,
    outputs: outputs.map(({ output, spending }) => ({
      index: output.outRef.index,
      address: output.address,
      lovelace: output.lovelace.toString(),
      assets: [...output.assets].map(([asset, quantity]) => [asset, quantity.toString()]),
      datumHash: output.datumHash,
      inlineDatum: output.inlineDatum,
      referenceScript: output.referenceScript,
      spent: spending.status === 'spent' ? (spending.by ?? true) : false,
    })),
  });
}

/** @returns `undefined` for what this version did not write. */
export function decodeOutputs(txHash: TxHash, text: string): HeldOutputs | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const held = heldSchema.safeParse(json);
  if (!held.success) return undefined;
  return {
    askedAtMs: held.data.askedAtMs,
    outputs: held.data.outputs.map((row): ProviderOutput => {
      const { index, spent, assets, datumHash, inlineDatum, referenceScript, ...rest } = row;
      const output: ChainOutput = {
        outRef: { txHash, index },
        ...rest,
        assets: new Map(assets),
        ...(datumHash === undefined ? {} : { datumHash }),
        ...(inlineDatum === undefined ? {} : { inlineDatum }),
        ...(referenceScript === undefined ? {} : { referenceScript }),
      };
      if (spent === false) return { output, spending: { status: 'unspent' } };
      return { output, spending: { status: 'spent', ...(spent === true ? {} : { by: spent }) } };
    }),
  };
}
