import { z } from 'zod';

/** Answer of `GET /supported` (x402 v2). */
export const supportedResponseSchema = z
  .object({
    kinds: z.array(
      z.object({
        x402Version: z.literal(2),
        scheme: z.literal('exact'),
        network: z.string(),
        extra: z.object({
          assetTransferMethods: z.array(z.string()),
          areFeesSponsored: z.literal(false),
          l1Confirmations: z.object({ minimum: z.int(), maximum: z.int() }),
        }),
      }),
    ),
    extensions: z.array(z.string()),
    signers: z.record(z.string(), z.array(z.string())),
  })
  .meta({ id: 'SupportedResponse', description: 'what this facilitator can settle' });

export type SupportedResponse = z.output<typeof supportedResponseSchema>;
