import type {
  Delisting,
  DiscoveryCatalogue,
  DiscoveryIndex,
  ListedResource,
} from '@x402-facilitator/journal';
import type { DiscoveryResource } from '@x402-facilitator/shared/wire';
import { isoTime } from '@x402-facilitator/shared/wire';
import { isObject } from './check-schema.js';

/** How long what was read is shown before it is read again. */
const FRESH_MS = 1_000;

/** A listing as this replica holds it. */
export type Shelved = {
  readonly stored: ListedResource;
  readonly item: DiscoveryResource;
  readonly settledAtMs: number;
  readonly expiresAtMs: number;
  readonly withdrawnAtMs: number | undefined;
  readonly delisting: Delisting | undefined;
};

/** Everything that is stored, whether it is shown or not; what settled last comes first. */
export type ReadShelf = () => Promise<readonly Shelved[]>;

/** Reads the catalogue, at most once a second; what has not changed is not read again. */
export function createShelf(options: {
  readonly catalogue: Pick<DiscoveryCatalogue, 'readIndex' | 'readMany'>;
  readonly expireMs: number;
  /** POSIX milliseconds. */
  readonly clock: () => number;
}): ReadShelf {
  const { catalogue, expireMs, clock } = options;
  let kept = new Map<string, Pick<Shelved, 'stored' | 'item' | 'settledAtMs'>>();
  let shown: readonly Shelved[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<readonly Shelved[]> | undefined;

  async function read(): Promise<readonly Shelved[]> {
    const index = await catalogue.readIndex();
    const changed = [...index.settledAtMs].filter(([id, atMs]) => kept.get(id)?.settledAtMs !== atMs);
    const fresh = await catalogue.readMany(changed.map(([id]) => id));
    const entries = fresh.flatMap((stored) => {
      const settledAtMs = index.settledAtMs.get(stored.id) ?? 0;
      const item = itemOf(stored, settledAtMs);
      return item === undefined ? [] : [[stored.id, { stored, item, settledAtMs }] as const];
    });
    const unchanged = [...kept].filter(([id, { settledAtMs }]) => index.settledAtMs.get(id) === settledAtMs);
    kept = new Map([...unchanged, ...entries]);
    shown = [...kept.values()]
      .map((it) => ({ ...it, expiresAtMs: it.settledAtMs + expireMs, ...hiddenBy(it.stored, index) }))
      .sort((left, right) => right.settledAtMs - left.settledAtMs);
    readAtMs = clock();
    return shown;
  }

  return async () => {
    if (clock() < readAtMs + FRESH_MS) return shown;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

function hiddenBy({ id, url }: ListedResource, { withdrawn, delisted }: DiscoveryIndex) {
  return {
    withdrawnAtMs: withdrawn.get(id),
    delisting: delisted.get(url) ?? delisted.get(URL.parse(url)?.origin ?? ''),
  };
}

/** What buyers are shown; `undefined` when what is stored cannot be read. */
function itemOf({ url, listing, terms }: ListedResource, settledAtMs: number): DiscoveryResource | undefined {
  const { type, name, ...shown } = parsed(listing) ?? {};
  const accepts = [...terms.values()].flatMap((text) => parsed(text) ?? []);
  if ((type !== 'http' && type !== 'mcp') || typeof name !== 'string' || accepts.length === 0)
    return undefined;
  if (!Number.isSafeInteger(settledAtMs)) return undefined;
  return {
    resource: url,
    type,
    ...(type === 'http' ? { method: name } : { toolName: name }),
    x402Version: 2,
    // Only `candidate.ts` writes them.
    accepts: accepts as DiscoveryResource['accepts'],
    lastUpdated: isoTime(settledAtMs),
    ...shown,
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
