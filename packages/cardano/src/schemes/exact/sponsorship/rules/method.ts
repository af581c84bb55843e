import { DONE, err, ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import { defineRule } from '../../facts/rule.js';
import type { TransferMethod } from '../../facts/terms.js';
import { readSponsorshipExtension } from '../extension.js';
import type { SponsorshipRequestFacts } from './facts.js';

const P = 'invalid_exact_cardano_payload';

/** Whether the facilitator may pay the fee of payments by this method, or why not. */
export function sponsorable(method: TransferMethod): Result<undefined, string> {
  if (method === 'default') return DONE;
  return err(
    `paymentRequirements.extra.assetTransferMethod: expected default for a sponsored fee, found ${method}`,
  );
}

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
    const sponsored = sponsorable(transferMethod);
    return sponsored.ok ? ok({ sponsorshipId }) : refuse(`${P}_sponsorship_not_plain`, sponsored.error);
  },
});
