import { type Network, parseAssetId, type VerificationPolicy } from '@x402-facilitator/cardano';
import type { JournalPolicy } from '@x402-facilitator/journal';
import type { MasumiEscrows } from './masumi-escrows.js';
import type { Settings } from './schema/index.js';
import { type ServedNetwork, servedNetworks } from './served-networks.js';

type Blockfrost = { readonly type: 'blockfrost' } & Settings['chain']['blockfrost'];

/** The whole configuration of one served network. */
export type NetworkConfig = {
  readonly network: Network;
  /** In the order of use. */
  readonly providers: readonly [Blockfrost, ...Settings['chain']['fallbacks']];
  /** How stale an "unspent" may be for `/verify`. */
  readonly utxoTtlSeconds: number;
  /** What strangers leave of a provider's burst and of its day, 0 to 1. */
  readonly reserveShare: number;
  /** The policy that its payments are judged by. */
  readonly verification: VerificationPolicy;
  /** How long the scripts of one payment may run. */
  readonly scriptDeadlineMs: number;
  /** `verification.shadow`: the share of payments that another judge also looks at, 0 to 1. */
  readonly shadowShare: number;
  /** `verification.graceBufferSeconds`: validity that must be left, and how long after the TTL inputs stay held. */
  readonly graceMs: number;
  readonly journal: Pick<JournalPolicy, 'retentionMs' | 'stabilityMs' | 'graceMs' | 'archiveMaxBacklog'>;
  readonly follower: {
    readonly tickMs: number;
    readonly keepBlocks: number;
    readonly failureDepth: number;
    readonly lookAgainAfterMs: number;
  };
};

/**
 * Resolves each served network, the deployment's own first. Everything else reads a network from one of these values.
 */
export function resolveNetworks(
  settings: Settings,
  masumiEscrows: MasumiEscrows,
): ReadonlyMap<Network, NetworkConfig> {
  const served = servedNetworks(settings);
  const networks = new Set(served.map(({ network }) => network));
  return new Map(
    served.map((one) => [one.network, resolve(one, settings, networks, masumiEscrows.get(one.network))]),
  );
}

function resolve(
  { network, blockfrost, fallbacks, verification }: ServedNetwork,
  { chain, settle, batchSettlement, archive }: Settings,
  networks: ReadonlySet<Network>,
  masumiEscrows: VerificationPolicy['masumiEscrows'],
): NetworkConfig {
  const { cache, follower, providerReserveShare } = chain;
  const { assets, feeMinLovelace, feeMaxLovelace, scriptDeadlineMs, shadow, ...limits } = verification;
  const graceMs = verification.graceBufferSeconds * 1000;
  return {
    network,
    providers: [{ type: 'blockfrost', ...blockfrost }, ...fallbacks],
    utxoTtlSeconds: cache.utxoTtlSeconds,
    reserveShare: providerReserveShare,
    verification: {
      ...limits,
      networks,
      feeMinLovelace: BigInt(feeMinLovelace),
      feeMaxLovelace: BigInt(feeMaxLovelace),
      acceptMempool: settle.acceptMempool,
      ...(batchSettlement.scripts.length === 0
        ? {}
        : { channelValidators: new Set(batchSettlement.scripts) }),
      ...(masumiEscrows === undefined ? {} : { masumiEscrows }),
      ...(assets === undefined
        ? {}
        : { assets: new Set(assets.flatMap((asset) => parseAssetId(asset) ?? [])) }),
    },
    scriptDeadlineMs,
    shadowShare: shadow,
    graceMs,
    journal: {
      graceMs,
      retentionMs: settle.retentionSeconds * 1000,
      stabilityMs: follower.stabilityWindowSeconds * 1000,
      ...(archive.url === undefined ? {} : { archiveMaxBacklog: archive.maxBacklog }),
    },
    follower: {
      tickMs: follower.tickMs,
      keepBlocks: follower.keepBlocks,
      failureDepth: follower.failureDepth,
      lookAgainAfterMs: follower.lookAgainSeconds * 1000,
    },
  };
}
