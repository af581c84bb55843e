import type { Network } from '@x402-facilitator/cardano';
import type { Config } from '@x402-facilitator/shared/config';
import type { WorkerPresence } from '@x402-facilitator/shared/presence';
import type { SupportedResponse } from '@x402-facilitator/shared/wire';

/** The deepest policy of the scheme. */
const MAX_CONFIRMATIONS = 20;

/** How long the workers' addresses are shown before they are asked for again. */
const SIGNERS_TTL_MS = 30_000;

/** What this deployment can settle. Never waits for anything: the answer is known from the configuration. */
export type ReadSupported = () => SupportedResponse;

/**
 * `GET /supported` (x402 v2). The workers' wallet addresses are shown for observability: they neither pay nor sign in
 * this scheme, so they are filled in as they become known, behind the caller's back.
 */
export function createReadSupported(dependencies: {
  readonly networks: readonly Network[];
  readonly settle: Config['settle'];
  readonly assetTransferMethods: readonly string[];
  readonly presence: Pick<WorkerPresence, 'list'>;
  readonly clock: () => number;
}): ReadSupported {
  const { networks, settle, assetTransferMethods, presence, clock } = dependencies;
  const minimum = settle.acceptMempool ? -1 : 0;
  const kinds: SupportedResponse['kinds'] = networks.map((network) => ({
    x402Version: 2,
    scheme: 'exact',
    network,
    extra: {
      assetTransferMethods: [...assetTransferMethods],
      areFeesSponsored: false,
      l1Confirmations: { minimum, maximum: MAX_CONFIRMATIONS },
    },
  }));
  let signers: SupportedResponse['signers'] = {};
  let askAgainAtMs = Number.NEGATIVE_INFINITY;

  const refreshSigners = async (): Promise<void> => {
    const workers = await presence.list();
    const addresses = workers.flatMap((worker) => worker.networks);
    signers = Object.fromEntries(
      networks.flatMap((network) => {
        const own = addresses.flatMap((entry) =>
          entry.network === network && entry.walletAddress !== undefined ? [entry.walletAddress] : [],
        );
        return own.length === 0 ? [] : [[network, [...new Set(own)].sort()]];
      }),
    );
  };

  return () => {
    if (clock() >= askAgainAtMs) {
      askAgainAtMs = clock() + SIGNERS_TTL_MS;
      refreshSigners().catch(() => undefined);
    }
    return { kinds, extensions: [], signers };
  };
}
