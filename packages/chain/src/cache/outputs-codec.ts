import {
  type AssetId,
  type ChainOutput,
  err,
  lovelace,
  ok,
  parseAssetId,
  type Result,
  type TxHash,
} from '@x402-facilitator/cardano';
import { z } from 'zod';
import { parsedBy, quantity, txHash } from '../http/index.js';
import { type ProviderOutput, parseJson } from '../provider/index.js';

/** Outputs of a transaction and when they were asked for. */
export type HeldOutputs = { readonly outputs: readonly ProviderOutput[]; readonly askedAtMs: number };

const outputSchema = z.object({
  index: z.int().nonnegative(),
  address: z.string(),
  lovelace: quantity.transform(lovelace),
  assets: z.array(z.tuple([parsedBy<AssetId>(parseAssetId, 'expected an asset id'), quantity])),
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

/** Reads them back. Another version may have written something else: then the error says what is wrong. */
export function decodeOutputs(txHash: TxHash, text: string): Result<HeldOutputs, string> {
  const held = heldSchema.safeParse(parseJson(text));
  if (!held.success) return err(held.error.message);
  return ok({
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
  });
}
