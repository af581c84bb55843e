import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { KeySettings, KeyStore, StoredKey } from '@x402-facilitator/journal';
import type { ApiKeyConfig } from '@x402-facilitator/shared/config';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import { unlessSilent } from '../unless-silent.js';

/** The key of a caller: a configured one, or a stored one with what it may do. */
export type CallerKey = Pick<ApiKeyConfig, 'name' | 'redemption' | 'rateLimit'> & {
  readonly settings?: KeySettings;
};

/** Whose key a text is. */
export type KeyFound =
  | { readonly kind: 'known'; readonly key: StoredKey }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'revoked' | 'replaced'; readonly atMs: number };

/** The stored keys, as one replica knows them. @throws JournalUnavailableError when Redis does not answer. */
export interface KeyRegistry {
  find(text: string): Promise<KeyFound>;
  /** `undefined` where no such key is stored, or it cannot be read. */
  named(name: string): Promise<StoredKey | undefined>;
}

/** A copy of the keys is used for so long after it was looked at: a change reaches every replica within this time. */
export const KEYS_FRESH_MS = 500;

/** A Redis that is silent for so long counts as away. */
const SILENT_MS = 1_000;

type Copy = {
  readonly revision: string;
  /** By a digest that depends on this process: no caller can learn from how long a look-up takes. */
  readonly bySecret: ReadonlyMap<string, { readonly key: StoredKey; readonly untilMs: number }>;
  readonly byName: ReadonlyMap<string, StoredKey>;
};

/**
 * Holds a copy of all keys in memory, so that a request costs no trip to Redis for its key, and asks Redis whether it changed
 * when it is older than half a second, or when it does not have the key. Nothing is believed for longer: without Redis no stored key is known.
 */
export function createKeyRegistry({
  store,
  configured,
  log,
}: {
  readonly store: Pick<KeyStore, 'look' | 'list'>;
  /** `security.apiKeys`: a stored key of the same name is not accepted. */
  readonly configured: readonly Pick<ApiKeyConfig, 'name'>[];
  readonly log: Pick<Logger, 'error'>;
}): KeyRegistry {
  const processKey = randomBytes(32);
  const indexOf = (sha256: string) => createHmac('sha256', processKey).update(sha256).digest('hex');
  const taken = new Set(configured.map(({ name }) => name));
  const told = new Set<string>();
  const tell = (names: readonly string[], message: string) => {
    for (const name of names) {
      if (!told.has(name)) log.error({ metadata: { key: name } }, message);
      told.add(name);
    }
  };

  let copy: Copy = { revision: '', bySecret: new Map(), byName: new Map() };
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** How far Redis's clock is ahead of this process's, which never leaps. */
  let aheadMs = 0;
  let looking: Promise<Copy> | undefined;

  async function look(): Promise<Copy> {
    const atMs = performance.now();
    const { revision, nowMs } = await store.look();
    if (revision !== copy.revision || lookedAtMs === Number.NEGATIVE_INFINITY)
      copy = { revision, ...indexed(await store.list()) };
    aheadMs = nowMs - atMs;
    lookedAtMs = atMs;
    return copy;
  }

  function indexed({ keys, unreadable }: Awaited<ReturnType<KeyStore['list']>>) {
    tell(unreadable, 'a stored key cannot be read by this version: it is not accepted');
    const doubled = keys.filter(({ name }) => taken.has(name));
    const names = doubled.map(({ name }) => name);
    tell(names, 'a stored key has the name of a configured one: it is not accepted');
    const own = keys.filter(({ name }) => !taken.has(name));
    const secrets = own.flatMap((key) =>
      key.digests.map(
        ({ sha256, untilMs = Number.POSITIVE_INFINITY }) => [indexOf(sha256), { key, untilMs }] as const,
      ),
    );
    return { bySecret: new Map(secrets), byName: new Map(own.map((key) => [key.name, key] as const)) };
  }

  /** What is in the copy; what is not may have been made a moment ago. */
  async function lookUp<T>(find: (copy: Copy) => T | undefined): Promise<T | undefined> {
    if (performance.now() - lookedAtMs < KEYS_FRESH_MS) {
      const found = find(copy);
      if (found !== undefined) return found;
    }
    looking ??= unlessSilent(look(), SILENT_MS).finally(() => {
      looking = undefined;
    });
    return find(await looking);
  }

  return {
    async find(text) {
      const index = indexOf(createHash('sha256').update(text).digest('hex'));
      const found = await lookUp(({ bySecret }) => bySecret.get(index));
      if (found === undefined) return { kind: 'unknown' };
      const { key, untilMs } = found;
      if (key.revoked !== undefined) return { kind: 'revoked', atMs: key.revoked.atMs };
      return untilMs <= performance.now() + aheadMs
        ? { kind: 'replaced', atMs: untilMs }
        : { kind: 'known', key };
    },
    named: (name) => lookUp(({ byName }) => byName.get(name)),
  };
}

/** What a caller is told whose key is not accepted. */
export function wordsOf(found: Exclude<KeyFound, { readonly kind: 'known' }>, header: string): string {
  const key = `the key in the ${header} header`;
  switch (found.kind) {
    case 'unknown':
      return `${key} is not known here`;
    case 'revoked':
      return `${key} was revoked at ${new Date(found.atMs).toISOString()}`;
    case 'replaced':
      return `${key} was replaced by another one, and ended at ${new Date(found.atMs).toISOString()}`;
  }
}
