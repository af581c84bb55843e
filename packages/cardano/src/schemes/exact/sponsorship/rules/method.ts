import { ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import { defineRule } from '../../facts/rule.js';
import { readSponsorshipExtension } from '../extension.js';
import type { SponsorshipRequestFacts } from './facts.js';

const P = 'invalid_exact_cardano_payload';

export const method = defineRule({
  name: 'the payment names a reservation and uses the default transfer method',
  codes: [P, `${P}_sponsorship_not_plain`],
  source: 'a script or an escrow wants more than the facilitator’s signature should cover',
  check(
    { request, method: transferMethod }: SponsorshipRequestFacts,
    refuse,
  ): Result<{ sponsorshipId?: string }, Refusal> {
    const extension = readSponsorshipExtension(request.paymentPayload);
    if (!extension.ok) return refuse(P, extension.error);
    const sponsorshipId = extension.value;
    if (sponsorshipId === undefined) return ok({});
    if (transferMethod === 'default') return ok({ sponsorshipId });
    const message = `paymentRequirements.extra.assetTransferMethod: expected default for a sponsored fee, found ${transferMethod}`;
    return refuse(`${P}_sponsorship_not_plain`, message);
  },
});
