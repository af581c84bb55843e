import { z } from 'zod';

/** Answer of `GET /supported` (x402 v2). */
export const supportedResponseSchema = z
  .object({
    kinds: z.array(
      z.object({
        x402Version: z.literal(2),
        scheme: z.string(),
        network: z.string(),
        extra: z.record(z.string(), z.unknown()).optional().describe('what the scheme says about itself'),
      }),
    ),
    extensions: z.array(z.string()),
    signers: z.record(z.string(), z.array(z.string())),
  })
  .meta({ id: 'SupportedResponse', description: 'what this facilitator can settle' });

export type SupportedResponse = z.output<typeof supportedResponseSchema>;
