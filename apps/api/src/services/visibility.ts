import { isTxHash, type Network, type TxHash } from '@x402-facilitator/cardano';
import type { InFlight, Reading, Settlement } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { KeyRegistry } from '../keys/index.js';
import type { ReadStatus } from './read-status.js';

/** The name of the key of whoever asks; `undefined` for a stranger. */
export type Viewer = string | undefined;

/** Who may see the settlements of a key. To everyone else they are as transactions that are not known. */
export type Visibility = {
  /** True where every caller may see every settlement. */
  readonly showsAll: boolean;
  /** @throws JournalUnavailableError when Redis does not answer. */
  isSeen(settlement: Pick<Settlement, 'keyName'>, viewer: Viewer): Promise<boolean>;
};

/**
 * A key sees its own settlements, and everyone those that were claimed without a key. Others see a key's settlements where
 * `security.publicStatus` is on and the key is not private. The keys of the configuration are not private; a name that is no key's
 * is, where keys are stored, because it may be one that this replica does not know yet.
 */
export function createVisibility({
  security,
  registry,
}: {
  readonly security: Pick<Config['security'], 'publicStatus' | 'apiKeys'>;
  /** Unset: no keys are stored. */
  readonly registry: Pick<KeyRegistry, 'named'> | undefined;
}): Visibility {
  const configured = new Set(security.apiKeys.map(({ name }) => name));
  return {
    showsAll: security.publicStatus && registry === undefined,
    async isSeen({ keyName }, viewer) {
      if (keyName === undefined || keyName === viewer) return true;
      if (!security.publicStatus) return false;
      if (registry === undefined || configured.has(keyName)) return true;
      return (await registry.named(keyName))?.settings.public ?? false;
    },
  };
}

/** Puts the check of who may see a settlement before whatever reads one. */
export function shownBy(visibility: Visibility, read: ReadStatus): ReadStatus {
  if (visibility.showsAll) return read;
  return async (options) => {
    const settlement = await read({ ...options, waitMs: 0 });
    if (settlement === undefined || !(await visibility.isSeen(settlement, options.viewer))) return undefined;
    if (options.waitMs <= 0) return settlement;
    return read({ seenRevision: settlement.revision, ...options });
  };
}

/** A transaction id that is not that of an output. */
const IDS = /\b[0-9a-f]{64}\b(?!#)/g;

/** What is known of the transactions that a refusal may name. */
export type Named = {
  readonly network: Network;
  readonly viewer: Viewer;
  /** The one that the caller shows. */
  readonly own?: TxHash | undefined;
  /** Those that hold what it wants, whether or not a settlement of theirs is recorded. */
  readonly holders: ReadonlySet<string>;
};

/** The transactions that the journal names. */
export function namedIn(
  {
    reserved,
    termsBoundTo,
  }: Pick<InFlight, 'termsBoundTo'> & { readonly reserved?: { readonly heldBy: string } },
  by: Omit<Named, 'holders'>,
): Named {
  const holders = [reserved?.heldBy, termsBoundTo].filter((id) => id !== undefined);
  return { ...by, holders: new Set(holders) };
}

/** Says a refusal without the transactions of others that its caller may not see. */
export type WithoutOthers = (message: string, named: Named) => Promise<string>;

export function createWithoutOthers({
  visibility,
  journal,
}: {
  readonly visibility: Visibility;
  readonly journal: { read(network: Network, txHash: TxHash): Promise<Reading> };
}): WithoutOthers {
  const isHidden = async (id: TxHash, { network, viewer, holders }: Named) => {
    const reading = await journal.read(network, id);
    if (!reading.ok) return true;
    return reading.value === undefined ? holders.has(id) : !(await visibility.isSeen(reading.value, viewer));
  };
  return async (message, named) => {
    if (visibility.showsAll) return message;
    const ids = [...new Set(message.match(IDS))].filter((id) => id !== named.own && isTxHash(id));
    const hidden = new Set<string>();
    for (const id of ids) if (isTxHash(id) && (await isHidden(id, named))) hidden.add(id);
    return message.replace(IDS, (id) => (hidden.has(id) ? 'of another caller' : id));
  };
}
