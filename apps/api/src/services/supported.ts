import { type Network, type SchemeRegistry, SPONSORSHIP_EXTENSION } from '@x402-facilitator/cardano';
import type { WorkerPresence } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { PAYMENT_IDENTIFIER_EXTENSION, type SupportedResponse } from '@x402-facilitator/shared/wire';
import pTimeout from 'p-timeout';

/** How long the workers' facts are shown before they are read again. */
const WORKERS_TTL_MS = 5_000;
/** The first answers wait this long for the workers' facts. */
const FIRST_READ_WITHIN_MS = 1_000;

/** What this deployment can settle, from the configuration and the workers' last known facts. Never rejects. */
export type ReadSupported = () => Promise<SupportedResponse>;

/**
 * `GET /supported` (x402 v2). It shows the workers' wallets, and whether they keep a pool to sponsor fees from. Once these
 * have been read, every answer comes at once, and what is old is read again for later ones.
 */
export function createReadSupported(dependencies: {
  readonly networks: Config['networks'];
  readonly schemes: Pick<SchemeRegistry, 'schemes'>;
  readonly presence: Pick<WorkerPresence, 'list'>;
  /** Those whose workers keep a pool now. */
  readonly sponsoredNetworks: () => Promise<readonly Network[]>;
  /** Those that the configuration turns on. */
  readonly extensions: readonly string[];
  readonly clock: () => number;
}): ReadSupported {
  const { networks, schemes, presence, sponsoredNetworks, clock } = dependencies;
  const constant = [PAYMENT_IDENTIFIER_EXTENSION, ...dependencies.extensions];
  const kinds: SupportedResponse['kinds'] = schemes.schemes.flatMap((scheme) =>
    [...networks.values()].flatMap(({ network, verification }) => {
      if (!scheme.isOffered(verification)) return [];
      const extra = scheme.advertise(verification);
      return [
        { x402Version: 2 as const, scheme: scheme.name, network, ...(extra === undefined ? {} : { extra }) },
      ];
    }),
  );
  let signers: SupportedResponse['signers'] = {};
  let extensions: SupportedResponse['extensions'] = constant;
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
    extensions = [...constant, ...(isSponsored ? [SPONSORSHIP_EXTENSION] : [])];
  };

  let isRead = false;
  let reading: Promise<void> | undefined;
  const refresh = (): Promise<void> => {
    askAgainAtMs = clock() + WORKERS_TTL_MS;
    reading ??= Promise.allSettled([refreshSigners(), refreshExtensions()]).then((read) => {
      isRead ||= read.every(({ status }) => status === 'fulfilled');
      reading = undefined;
    });
    return reading;
  };

  return async () => {
    if (!isRead) await pTimeout(refresh(), { milliseconds: FIRST_READ_WITHIN_MS, fallback: () => undefined });
    else if (clock() >= askAgainAtMs) void refresh();
    return { kinds, extensions, signers };
  };
}
