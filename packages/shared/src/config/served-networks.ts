import type { Network } from '@x402-facilitator/cardano';
import { type Settings, verificationSchema } from './schema/index.js';

const X402_NETWORKS = {
  Preview: 'cardano:preview',
  Preprod: 'cardano:preprod',
  Mainnet: 'cardano:mainnet',
} as const satisfies Record<Settings['chain']['network'], Network>;

/** The settings of one network, with what it inherits. */
export type ServedNetwork = {
  readonly network: Network;
  /** As operators write it. */
  readonly name: Settings['chain']['network'];
  /** Where its keys are: `chain` or `chain.alsoServe[0]`. */
  readonly path: string;
  readonly blockfrost: Settings['chain']['blockfrost'];
  readonly fallbacks: Settings['chain']['fallbacks'];
  readonly verification: Settings['chain']['verification'];
  readonly masumi: Settings['chain']['masumi'] & { readonly path: string };
};

/**
 * `chain.network`, then `chain.alsoServe[]`. A further network inherits what it leaves out, except for providers: each
 * belongs to one network.
 */
export function servedNetworks({ chain }: Settings): readonly ServedNetwork[] {
  const masumi = { ...chain.masumi, path: 'chain.masumi' };
  return [{ ...chain, masumi, path: 'chain' }, ...chain.alsoServe.map(inheriting)].map(
    ({ network: name, path, blockfrost, fallbacks, verification, masumi }) => ({
      network: X402_NETWORKS[name],
      name,
      path,
      blockfrost,
      fallbacks,
      verification,
      masumi,
    }),
  );

  function inheriting(also: (typeof chain.alsoServe)[number], at: number) {
    const path = `chain.alsoServe[${at}]`;
    return {
      ...also,
      path,
      fallbacks: also.fallbacks ?? [],
      verification: verificationSchema.parse({ ...chain.verification, ...also.verification }),
      masumi: also.masumi === undefined ? masumi : { ...also.masumi, path: `${path}.masumi` },
    };
  }
}
