import { defineRule } from '../../../rule.js';
import type { Refusal } from '../../facts/terms.js';
import { readSponsorshipExtension } from '../extension.js';
import type { SponsorshipRequestFacts } from './facts.js';

const P = 'invalid_exact_cardano_payload';

export const method = defineRule({
  number: 1,
  name: 'the payment names a reservation and uses the default transfer method',
  codes: [P, `${P}_sponsorship_not_plain`],
  source: 'a script or an escrow wants more than the facilitator’s signature should cover',
  check(
    { request, method: transferMethod }: SponsorshipRequestFacts,
    refuse,
  ): { sponsorshipId?: string } | Refusal {
    const extension = readSponsorshipExtension(request.paymentPayload);
    if (extension.kind === 'absent') return {};
    if (extension.kind === 'malformed') return refuse(P, extension.message);
    if (transferMethod === 'default') return { sponsorshipId: extension.id };
    const message = `paymentRequirements.extra.assetTransferMethod: expected default for a sponsored fee, found ${transferMethod}`;
    return refuse(`${P}_sponsorship_not_plain`, message);
  },
});
