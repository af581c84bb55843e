import type { Network } from '@x402-facilitator/cardano';
import { type SponsorshipStore, sponsorshipFactOf, sponsorshipIdSchema } from '@x402-facilitator/journal';
import type { SponsorshipPolicy } from '@x402-facilitator/shared/config';
import type { LookUpSponsorship } from '@x402-facilitator/shared/verification';

/** Reads the reservation that a payment names, with one look into Redis. */
export function createLookUpSponsorship({
  stores,
  policy,
}: {
  readonly stores: ReadonlyMap<Network, SponsorshipStore>;
  readonly policy: SponsorshipPolicy;
}): LookUpSponsorship {
  return async (network, id, txHash) => {
    const sponsorship = await stores.get(network)?.read(sponsorshipIdSchema.parse(id));
    return sponsorshipFactOf(sponsorship, { txHash, policy });
  };
}
