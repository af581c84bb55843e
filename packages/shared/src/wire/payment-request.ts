import { z } from 'zod';
import { PAYMENT_IDENTIFIER_EXTENSION, paymentIdentifierSchema } from './payment-identifier.js';

const openRecord = z.record(z.string(), z.unknown());

/** `paymentRequirements` wherever a body carries them. */
export const paymentRequirementsSchema = z
  .looseObject({
    scheme: z.string().describe('one of the kinds in /supported'),
    network: z.string().describe('cardano:mainnet, cardano:preprod, cardano:preview or a CIP-34 alias'),
    asset: z.string().describe('lovelace, or policyId.assetNameHex in lower case'),
    amount: z.string().describe('atomic units as a decimal string'),
    payTo: z.string().describe('bech32 address of the seller'),
    maxTimeoutSeconds: z.number().describe('how far in the future the transaction may expire'),
    extra: openRecord.nullish().describe('confirmationPolicy, assetTransferMethod and what the method needs'),
  })
  .meta({ description: 'the terms that the resource server chose' });

/**
 * The body of `/verify` and `/settle`: the envelope only. The content of `payload` and `extra`, and whether amounts and
 * addresses are valid, is for the rules to judge. Unknown fields pass: they belong to extensions.
 */
export const paymentRequestSchema = z
  .looseObject({
    x402Version: z.number().optional().describe('2'),
    paymentPayload: z
      .looseObject({
        x402Version: z.number().describe('2'),
        accepted: z
          .looseObject({ scheme: z.string(), network: z.string() })
          .describe('the requirements that the payer accepted'),
        payload: openRecord.describe(
          'transaction (base64 of the signed CBOR) and nonce (txHash#index); of a kind with acceptsSponsorWitnesses also sponsorWitnesses (a witness set as CBOR hex, at most 1024 bytes), which the seller adds at /settle',
        ),
        resource: z
          .looseObject({ url: z.string() })
          .nullish()
          .transform((resource) => resource ?? undefined)
          .describe('what is paid for'),
        extensions: z
          .looseObject({ [PAYMENT_IDENTIFIER_EXTENSION]: paymentIdentifierSchema.nullish() })
          .nullish()
          .transform((extensions) => extensions ?? undefined),
      })
      .describe('what the payer sent in PAYMENT-SIGNATURE'),
    paymentRequirements: paymentRequirementsSchema,
  })
  .meta({ description: 'exactly what @x402/core sends' });

/** A request of the right shape; assignable to the `PaymentRequest` that the rules of the scheme read. */
export type PaymentRequestBody = z.output<typeof paymentRequestSchema>;
