import { SPONSORSHIP_STATES } from '@x402-facilitator/journal';
import { z } from 'zod';
import { paymentRequirementsSchema } from './payment-request.js';

/** Body of `POST /sponsorships`. */
export const sponsorshipRequestSchema = z
  .looseObject({
    network: z.string().describe('that of the requirements'),
    paymentRequirements: paymentRequirementsSchema,
    payer: z.string().describe('bech32 address that holds the tokens; the nonce of the payment must be its'),
  })
  .meta({ description: 'what is to be paid, and by whom' });

const lovelace = z.string().describe('lovelace');

/** The current state of a reservation: answer of `POST /sponsorships` and of `GET /sponsorships/{id}`. */
export const sponsorshipResponseSchema = z
  .object({
    id: z.string().describe('to be named in paymentPayload.extensions.cardanoFeeSponsorship.info.id'),
    network: z.string(),
    state: z.enum(SPONSORSHIP_STATES),
    payer: z.string(),
    input: z
      .object({
        transaction: z.string(),
        index: z.int(),
        address: z.string(),
        lovelace,
      })
      .describe('the output to spend beside the payer’s own'),
    changeAddress: z.string().describe('where at least lovelace − fee − minAdaLovelace must come back'),
    maxFeeLovelace: lovelace.describe('the largest fee of the transaction'),
    minAdaLovelace: lovelace.describe('the most that may stay in the paying output; 0 for a payment in ada'),
    expiresAt: z
      .string()
      .describe('ISO 8601: when another payer may get the output, unless it is settled by then'),
    transaction: z.string().optional().describe('the transaction that has it'),
  })
  .meta({
    id: 'SponsorshipResponse',
    description: 'an output of the facilitator’s that one payment may spend',
  });

export type SponsorshipRequestBody = z.output<typeof sponsorshipRequestSchema>;
export type SponsorshipResponse = z.output<typeof sponsorshipResponseSchema>;
