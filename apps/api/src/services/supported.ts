import { type Network, type SchemeRegistry, SPONSORSHIP_EXTENSION } from '@x402-facilitator/cardano';
import type { WorkerPresence } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { PAYMENT_IDENTIFIER_EXTENSION, type SupportedResponse } from '@x402-facilitator/shared/wire';

/** How long the workers' facts are shown before they are read again. */
const WORKERS_TTL_MS = 30_000;

/** What this deployment can settle. Answers at once, from the configuration and the workers' last known facts. */
export type ReadSupported = () => SupportedResponse;

/**
 * `GET /supported` (x402 v2). The workers' facts are read in the background and shown by later answers: their wallets'
 * addresses, and whether they keep a pool to sponsor fees from.
 */
export function createReadSupported(dependencies: {
  readonly networks: Config['networks'];
  readonly schemes: Pick<SchemeRegistry, 'schemes'>;
  readonly presence: Pick<WorkerPresence, 'list'>;
  /** Those whose workers keep a pool now. */
  readonly sponsoredNetworks: () => Promise<readonly Network[]>;
  readonly clock: () => number;
}): ReadSupported {
  const { networks, schemes, presence, sponsoredNetworks, clock } = dependencies;
  const kinds: SupportedResponse['kinds'] = schemes.schemes.flatMap((scheme) =>
    Array.from(networks.values(), ({ network, verification }) => ({
      x402Version: 2,
      scheme: scheme.name,
      network,
      extra: scheme.advertise(verification),
    })),
  );
  let signers: SupportedResponse['signers'] = {};
  let extensions: SupportedResponse['extensions'] = [PAYMENT_IDENTIFIER_EXTENSION];
  let askAgainAtMs = Number.NEGATIVE_INFINITY;

  const refreshSigners = async (): Promise<void> => {
    const workers = await presence.list();
    const addresses = workers.flatMap((worker) => worker.networks);
    signers = Object.fromEntries(
      [...networks.keys()].flatMap((network) => {
        const own = addresses.flatMap((entry) =>
          entry.network === network && entry.walletAddress !== undefined ? [entry.walletAddress] : [],
        );
        return own.length === 0 ? [] : [[network, [...new Set(own)].sort()]];
      }),
    );
  };

  const refreshExtensions = async (): Promise<void> => {
    const isSponsored = (await sponsoredNetworks()).length > 0;
    extensions = [PAYMENT_IDENTIFIER_EXTENSION, ...(isSponsored ? [SPONSORSHIP_EXTENSION] : [])];
  };

  return () => {
    if (clock() >= askAgainAtMs) {
      askAgainAtMs = clock() + WORKERS_TTL_MS;
      refreshSigners().catch(() => undefined);
      refreshExtensions().catch(() => undefined);
    }
    return { kinds, extensions, signers };
  };
}
