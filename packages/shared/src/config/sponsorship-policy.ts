import type { Settings } from './schema/index.js';

/** The limits of `sponsorship` that both tiers keep. Lovelace. */
export type SponsorshipPolicy = {
  readonly maxFeeLovelace: bigint;
  /** 0 when `coverMinAda` is off. */
  readonly minAdaLovelace: bigint;
  readonly limits: {
    readonly perPayerLovelace: bigint;
    readonly perKeyLovelace: bigint;
    readonly perDayLovelace: bigint;
  };
};

/** `undefined` when fees are not sponsored here. */
export function sponsorshipPolicyOf({ sponsorship }: Settings): SponsorshipPolicy | undefined {
  if (!sponsorship.enabled) return undefined;
  const { coverMinAda, maxFeeLovelace, minAdaLovelace, limits } = sponsorship;
  return {
    maxFeeLovelace: BigInt(maxFeeLovelace),
    minAdaLovelace: coverMinAda ? BigInt(minAdaLovelace) : 0n,
    limits: {
      perPayerLovelace: BigInt(limits.perPayerLovelace),
      perKeyLovelace: BigInt(limits.perKeyLovelace),
      perDayLovelace: BigInt(limits.perDayLovelace),
    },
  };
}
