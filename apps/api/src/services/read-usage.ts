import type { Network } from '@x402-facilitator/cardano';
import type { KeySettings, KeyUsage, Usage, UsagePeriod } from '@x402-facilitator/journal';
import type { UsageResponse } from '@x402-facilitator/shared/wire';

type Period = UsageResponse['networks'][string]['day'];
type Quotas = NonNullable<KeySettings['quotas'][Network]>;

/**
 * What a key used of its quotas, on every network.
 *
 * @throws JournalUnavailableError when Redis does not answer.
 */
export type ReadUsage = (key: {
  readonly name: string;
  readonly settings?: Pick<KeySettings, 'quotas'>;
}) => Promise<UsageResponse>;

export function createReadUsage({
  usage,
  networks,
}: {
  readonly usage: Pick<KeyUsage, 'read'>;
  readonly networks: readonly Network[];
}): ReadUsage {
  return async ({ name, settings }) => {
    const read = await usage.read(networks, name);
    return {
      key: name,
      networks: Object.fromEntries(
        read.map(({ network, day, month }) => {
          const quotas = settings?.quotas[network] ?? {};
          return [network, { day: describe(day, 'day', quotas), month: describe(month, 'month', quotas) }];
        }),
      ),
    };
  };
}

function describe(usage: Usage, period: UsagePeriod, quotas: Quotas): Period {
  const { verifications, settlements, volume } = usage;
  const assets = new Set<string>([...volume.keys(), ...Object.keys(quotas.volume ?? {})]);
  const sums = new Map<string, { readonly used: bigint; readonly confirmed: bigint }>(volume);
  return {
    period: usage.period,
    endsAt: new Date(usage.endsAtMs).toISOString(),
    verifications: { used: verifications, ...left(quotas.verifications?.[period], verifications) },
    settlements: { ...settlements, ...left(quotas.settlements?.[period], settlements.used) },
    volume: [...assets].sort().flatMap((asset) => {
      const { used, confirmed } = sums.get(asset) ?? { used: 0n, confirmed: 0n };
      const limit = quotas.volume?.[asset]?.[period];
      const most = limit === undefined ? undefined : BigInt(limit);
      return {
        asset,
        used: String(used),
        confirmed: String(confirmed),
        limit: limit ?? null,
        left: most === undefined ? null : String(most > used ? most - used : 0n),
      };
    }),
  };
}

/** A quota may have been lowered below what was used before. */
function left(limit: number | undefined, used: number) {
  return { limit: limit ?? null, left: limit === undefined ? null : Math.max(limit - used, 0) };
}
