import type { Network } from '@x402-facilitator/cardano';
import { isKnownAsset, knownAsset } from '@x402-facilitator/cardano';
import type { JournalTotals, Totals } from '@x402-facilitator/journal';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import { isoTime, type StatsResponse } from '@x402-facilitator/shared/wire';
import { formatUnits } from './format-amount.js';

type NetworkStats = StatsResponse['networks'][string];

/** Micro-dollars: no pegged asset in the list of known ones has more decimals. */
const USD_DECIMALS = 6;

export type ReadStats = () => Promise<StatsResponse>;

/**
 * Everything that was settled, by network and in total.
 *
 * @throws JournalUnavailableError when Redis does not answer.
 */
export function createReadStats(dependencies: {
  readonly version: string;
  readonly networks: readonly Network[];
  readonly totals: JournalTotals;
  readonly log: Pick<Logger, 'error'>;
  /** POSIX milliseconds. */
  readonly clock: () => number;
}): ReadStats {
  const { version, networks, totals, log, clock } = dependencies;
  const startedAtMs = clock();
  const told = new Set<Network>();
  return async () => {
    const readings = await totals.read(networks);
    const all = readings.flatMap((reading) => (reading.ok ? [reading.value] : []));
    const unreadable = readings.flatMap((reading) => (reading.ok ? [] : [reading.error]));
    for (const { network, reason } of unreadable) {
      if (!told.has(network)) log.error({ network, metadata: { reason } }, 'the totals cannot be read');
      told.add(network);
    }
    const nowMs = clock();
    return {
      version,
      timestamp: isoTime(nowMs),
      uptimeSeconds: Math.floor((nowMs - startedAtMs) / 1000),
      total: {
        settlements: all.map(settlementsOf).reduce(plus, NONE),
        volumeUsd: formatUnits(
          all.reduce((sum, one) => sum + microUsd(one), 0n),
          USD_DECIMALS,
        ),
      },
      networks: Object.fromEntries(all.map((one) => [one.network, describe(one)])),
      ...(unreadable.length === 0 ? {} : { unreadable: unreadable.map(({ network }) => network) }),
    };
  };
}

function describe(totals: Totals): NetworkStats {
  return {
    since: isoTime(totals.sinceMs),
    firstSettledAt: isoTime(totals.firstSettledAtMs),
    settlements: settlementsOf(totals),
    volume: [...totals.volume].sort(byAsset).map(([asset, amount]) => {
      const { symbol, decimals } = knownAsset(asset);
      const isKnown = isKnownAsset(asset);
      return {
        asset,
        symbol: isKnown ? symbol : null,
        decimals: isKnown ? decimals : null,
        amount: amount.toString(),
      };
    }),
    otherAssets: { confirmed: totals.uncounted },
    volumeUsd: formatUnits(microUsd(totals), USD_DECIMALS),
  };
}

const NONE: NetworkStats['settlements'] = { accepted: 0, pending: 0, confirmed: 0, failed: 0, expired: 0 };

function settlementsOf({
  accepted,
  pending,
  confirmed,
  failed,
  expired,
}: Totals): NetworkStats['settlements'] {
  return { accepted, pending, confirmed, failed, expired };
}

function plus(
  left: NetworkStats['settlements'],
  right: NetworkStats['settlements'],
): NetworkStats['settlements'] {
  return {
    accepted: left.accepted + right.accepted,
    pending: left.pending + right.pending,
    confirmed: left.confirmed + right.confirmed,
    failed: left.failed + right.failed,
    expired: left.expired + right.expired,
  };
}

function microUsd({ volume }: Totals): bigint {
  let sum = 0n;
  for (const [asset, amount] of volume) {
    const { isUsd, decimals } = knownAsset(asset);
    if (isUsd) sum += amount * 10n ** BigInt(USD_DECIMALS - decimals);
  }
  return sum;
}

function byAsset([left]: readonly [string, bigint], [right]: readonly [string, bigint]): number {
  return left < right ? -1 : 1;
}
