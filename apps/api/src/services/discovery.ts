import { type Network, parseNetwork } from '@x402-facilitator/cardano';
import { type DiscoveryCandidate, type DiscoveryCatalogue, resourceId } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { DiscoveryMetrics, Logger } from '@x402-facilitator/shared/telemetry';
import type {
  DiscoveryResource,
  DiscoveryStatusResponse,
  DiscoveryWord,
  PaymentRequestBody,
} from '@x402-facilitator/shared/wire';
import {
  checkWord,
  createShelf,
  type Declared,
  type Filters,
  hiddenReason,
  listedAs,
  listingsOf,
  matching,
  pageOf,
  ranked,
  readDeclared,
  readResourceUrl,
  reasonOf,
  reasonOfNote,
  refusedStatus,
  statusOf,
} from '../discovery/index.js';
import type { Log } from './log.js';
import type { Viewer, Visibility } from './visibility.js';

const DEFAULT_LIMIT = 20;

/** What the `EXTENSION-RESPONSES` header says of a declaration. */
export type DiscoveryAnswer =
  | { readonly status: 'success' | 'processing' }
  | { readonly status: 'rejected'; readonly rejectedReason: string };

export type WordOutcome =
  | { readonly kind: 'said'; readonly changed: number }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unknown' | 'outdated' };

/** The catalogue of paid resources. What reads Redis throws JournalUnavailableError when it does not answer. */
export type Discovery = {
  /** What the claim of a payment carries; its success lists it. */
  candidateOf(request: PaymentRequestBody): DiscoveryCandidate | undefined;
  /** What is to become of what a payment declares; `undefined` where it declares nothing. */
  foresee(request: PaymentRequestBody): DiscoveryAnswer | undefined;
  /** What became of it, once it has settled. Never rejects. */
  tell(request: PaymentRequestBody, transaction: string, log: Log): Promise<DiscoveryAnswer | undefined>;
  list(
    query: Filters & { readonly limit?: number | undefined; readonly offset?: number | undefined },
  ): Promise<{
    readonly items: readonly DiscoveryResource[];
    readonly limit: number;
    readonly offset: number;
    readonly total: number;
  }>;
  search(
    query: Filters & {
      readonly query: string;
      readonly limit?: number | undefined;
      readonly cursor?: string | undefined;
    },
  ): Promise<{ readonly resources: readonly DiscoveryResource[]; readonly cursor: string | undefined }>;
  /** Leaves out what payments say that the viewer may not see. */
  status(resource: string, viewer: Viewer): Promise<DiscoveryStatusResponse>;
  /** Withdraws or restores the listings of the one who signs. */
  say(word: DiscoveryWord): Promise<WordOutcome>;
};

export function createDiscovery(dependencies: {
  readonly settings: Config['discovery'];
  readonly catalogue: DiscoveryCatalogue;
  readonly networks: readonly Network[];
  readonly metrics: DiscoveryMetrics;
  readonly visibility: Visibility;
  readonly log: Pick<Logger, 'error'>;
  /** POSIX milliseconds. */
  readonly clock: () => number;
}): Discovery {
  const { settings, catalogue, networks, metrics, visibility, log, clock } = dependencies;
  const shelf = createShelf({ catalogue, expireMs: settings.expireDays * 86_400_000, clock });
  // A settlement asks twice, and the schema of a declaration takes a moment.
  const read = new WeakMap<PaymentRequestBody, Declared | undefined>();

  function declaredBy(request: PaymentRequestBody): Declared | undefined {
    if (read.has(request)) return read.get(request);
    let declared: Declared | undefined;
    try {
      declared = readDeclared(request, settings);
    } catch (error) {
      // No payment fails by what it declares.
      log.error({ error }, 'a declaration could not be read');
    }
    read.set(request, declared);
    return declared;
  }

  async function shown(filters: Filters): Promise<readonly DiscoveryResource[]> {
    const nowMs = clock();
    const isWanted = matching(filters);
    const visible = (await shelf()).filter((it) => hiddenReason(it, nowMs) === undefined);
    return visible.map(({ item }) => item).filter(isWanted);
  }

  function foresee(request: PaymentRequestBody): DiscoveryAnswer | undefined {
    const answer = declaredBy(request)?.answer;
    if (answer === undefined) return undefined;
    return answer.rejected === undefined
      ? { status: 'processing' }
      : { status: 'rejected', rejectedReason: answer.rejected };
  }

  return {
    candidateOf: (request) => declaredBy(request)?.candidate,
    foresee,
    async tell(request, transaction, log) {
      const foreseen = foresee(request);
      const candidate = declaredBy(request)?.candidate;
      const network = parseNetwork(request.paymentRequirements.network);
      if (foreseen === undefined || candidate === undefined || network === undefined) return undefined;
      if (candidate.kind === 'refusal') {
        metrics.declared(candidate.refusal.code);
        return foreseen;
      }
      const { url, endpoint } = candidate;
      try {
        const id = resourceId(network, url, endpoint);
        const { isListed, isWithdrawn, note } = await catalogue.look({ id, network, url });
        const reason =
          note?.transaction === transaction
            ? reasonOfNote(note)
            : isWithdrawn
              ? reasonOf('withdrawn_by_seller')
              : undefined;
        metrics.declared(reason?.code ?? (isListed ? 'listed' : 'other'));
        if (reason !== undefined) return { status: 'rejected', rejectedReason: reason.message };
        return isListed ? { status: 'success' } : foreseen;
      } catch (error) {
        // The payment is settled, whatever is known of its listing.
        log.warn({ error }, 'what became of a listing cannot be read');
        return foreseen;
      }
    },
    async list({ limit = DEFAULT_LIMIT, offset = 0, ...filters }) {
      const found = await shown(filters);
      return { items: pageOf(found, { offset, limit }), limit, offset, total: found.length };
    },
    async search({ query, limit = DEFAULT_LIMIT, cursor, ...filters }) {
      const found = ranked(await shown(filters), query);
      const offset = cursor === undefined ? 0 : offsetIn(cursor);
      const resources = pageOf(found, { offset, limit });
      const end = offset + resources.length;
      return { resources, cursor: resources.length > 0 && end < found.length ? cursorAt(end) : undefined };
    },
    async status(resource, viewer) {
      const location = readResourceUrl(resource, settings.allowLocal);
      if (!location.ok) return refusedStatus(resource.slice(0, 2048), location.error);
      const shelved = listingsOf(await shelf(), location.value);
      const urls = new Set([
        listedAs(location.value, undefined).url,
        ...shelved.map(({ stored }) => stored.url),
      ]);
      const notes = await Promise.all([...urls].map((url) => catalogue.readNotes(networks, url)));
      const seen = await Promise.all(
        notes.flat().map(async (note) => ((await visibility.isSeen(note, viewer)) ? [note] : [])),
      );
      return statusOf(location.value, { shelved, notes: seen.flat(), nowMs: clock() });
    },
    async say(word) {
      const network = parseNetwork(word.network);
      if (network === undefined || !networks.includes(network))
        return { kind: 'refused', message: `network: expected ${networks.join(' or ')}` };
      const location = readResourceUrl(word.resource, settings.allowLocal);
      if (!location.ok) return { kind: 'refused', message: `resource: ${location.error}` };
      const checked = checkWord(word, network, clock());
      if (!checked.ok) return { kind: 'refused', message: checked.error };
      const own = listingsOf(await shelf(), location.value).filter(
        ({ stored }) => stored.network === network && stored.payTo === word.payTo,
      );
      if (own.length === 0) return { kind: 'unknown' };
      const { payTo, action } = word;
      const said = await catalogue.say(
        own.map(({ stored }) => stored.id),
        { payTo, action, atMs: checked.value.atMs },
      );
      if (!said.ok) return { kind: 'outdated' };
      return said.value === 0 ? { kind: 'unknown' } : { kind: 'said', changed: said.value };
    },
  };
}

function cursorAt(offset: number): string {
  return Buffer.from(String(offset)).toString('base64url');
}

/** One that cannot be read begins anew: cursors are advice. */
function offsetIn(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString();
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
