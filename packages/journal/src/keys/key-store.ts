import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { err, ok, type Result } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { answered, defineScript, jsonField, parseStored } from '../redis/index.js';
import {
  type KeyRole,
  type KeySettings,
  keyNameSchema,
  keySettingsSchema,
  mergePatch,
  type StoredKey,
  storedKeySchema,
} from './stored-key.js';

/** Hash of the keys by name, as JSON. The claim script reads it too. */
export const STORED_KEYS = '{x402}:keys';
/** Another text after every change. */
const REVISION = '{x402}:keys:revision';

/** Every replica holds all of them. */
export const MAX_KEYS = 10_000;

/** A change that meets another one begins anew, this often. */
const ATTEMPTS = 5;

/** Why a key was not made or changed; one line for people. */
export type KeyProblem =
  | { readonly kind: 'unknown' | 'taken' | 'full' | 'revoked' | 'busy'; readonly message: string }
  | { readonly kind: 'invalid'; readonly message: string };

/** A key whose secret is told once: only its digest is stored. */
export type MadeKey = { readonly key: StoredKey; readonly secret: string };

/** What a replica looks at to see whether its copy of the keys is the present one. */
export type KeysLook = {
  readonly revision: string;
  /** POSIX milliseconds by Redis's clock. */
  readonly nowMs: number;
};

/** The keys in Redis. @throws JournalUnavailableError from every method when Redis does not answer. */
export interface KeyStore {
  create(asked: {
    readonly name: string;
    readonly role: KeyRole;
    /** A merge patch of the default settings. */
    readonly settings?: unknown;
  }): Promise<Result<MadeKey, KeyProblem>>;
  /** `undefined` where there is none, or where it cannot be read. */
  read(name: string): Promise<StoredKey | undefined>;
  /** By name. Those that cannot be read are left out, and named. */
  list(): Promise<{ readonly keys: readonly StoredKey[]; readonly unreadable: readonly string[] }>;
  /** @param patch a merge patch of the settings. */
  change(name: string, patch: unknown): Promise<Result<StoredKey, KeyProblem>>;
  /** A new secret; the present one is good for so long beside it, and an older one no more. */
  rotate(name: string, overlapMs: number): Promise<Result<MadeKey, KeyProblem>>;
  /** For good: the name stays taken, so that nobody else gets what was settled under it. */
  revoke(name: string, reason: string): Promise<Result<StoredKey, KeyProblem>>;
  look(): Promise<KeysLook>;
}

/**
 * Guarantees: a change is written only over what it was made from, and replicas see that there was one.
 *
 * Keys: keys, revision. Arguments: name, its JSON as read or '', its new JSON, the new revision, how many keys at most.
 * Returns: `written`, `changed` or `full`.
 */
const writeScript = {
  name: 'x402KeysWrite',
  lua: `
local before = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if before ~= ARGV[2] then return 'changed' end
if before == '' and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[4])
return 'written'
`,
} as const;

export function createKeyStore(redis: Redis): KeyStore {
  const write = defineScript(redis, writeScript);
  const nowMs = async () => redisTimeMs(await answered(() => redis.time()));

  /** Reads a key, decides what it becomes, and writes that unless another change came first. */
  async function update<T extends { readonly key: StoredKey }>(
    name: string,
    decide: (stored: StoredKey | undefined, nowMs: number) => Result<T, KeyProblem>,
  ): Promise<Result<T, KeyProblem>> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const [text, atMs] = await Promise.all([answered(() => redis.hget(STORED_KEYS, name)), nowMs()]);
      const stored = text === null ? undefined : decode(text);
      if (stored?.ok === false)
        return problem(
          'invalid',
          `the key ${name} is stored as this version cannot read it: ${stored.error}`,
        );
      const decided = decide(stored?.value, atMs);
      if (!decided.ok) return decided;
      const next = JSON.stringify(decided.value.key);
      const written = await write([STORED_KEYS, REVISION], [name, text ?? '', next, randomUUID(), MAX_KEYS]);
      if (written === 'written') return decided;
      if (written === 'full') return problem('full', `expected at most ${MAX_KEYS} keys, found as many`);
    }
    return problem('busy', `the key ${name} was changed by others meanwhile; try again`);
  }

  const existing = (name: string, stored: StoredKey | undefined): Result<StoredKey, KeyProblem> => {
    if (stored === undefined) return problem('unknown', `no key is named ${JSON.stringify(name)}`);
    if (stored.revoked === undefined) return ok(stored);
    return problem('revoked', `the key ${name} was revoked; make another under another name`);
  };

  return {
    async create({ name, role, settings: patch = {} }) {
      if (!keyNameSchema.safeParse(name).success)
        return problem('invalid', `name: ${keyNameSchema.safeParse(name).error?.issues[0]?.message}`);
      const settings = settingsOf({}, patch);
      if (!settings.ok) return settings;
      return update(name, (stored, createdAtMs) => {
        if (stored !== undefined) return problem('taken', `a key named ${name} exists, or was revoked`);
        const { secret, sha256 } = makeSecret();
        return ok({
          secret,
          key: { name, role, createdAtMs, digests: [{ sha256 }], settings: settings.value },
        });
      });
    },

    async read(name) {
      const text = await answered(() => redis.hget(STORED_KEYS, name));
      const stored = text === null ? undefined : decode(text);
      return stored?.ok === true ? stored.value : undefined;
    },

    async list() {
      const stored = Object.entries(await answered(() => redis.hgetall(STORED_KEYS))).map(
        ([name, text]) => [name, decode(text)] as const,
      );
      return {
        keys: stored
          .flatMap(([, key]) => (key.ok ? [key.value] : []))
          .sort((left, right) => (left.name < right.name ? -1 : 1)),
        unreadable: stored.flatMap(([name, key]) => (key.ok ? [] : [name])),
      };
    },

    async change(name, patch) {
      const changed = await update(name, (stored) => {
        const found = existing(name, stored);
        if (!found.ok) return found;
        const settings = settingsOf(found.value.settings, patch);
        return settings.ok ? ok({ key: { ...found.value, settings: settings.value } }) : settings;
      });
      return changed.ok ? ok(changed.value.key) : changed;
    },

    rotate: (name, overlapMs) =>
      update(name, (stored, atMs) => {
        const found = existing(name, stored);
        if (!found.ok) return found;
        const { secret, sha256 } = makeSecret();
        const [present] = found.value.digests;
        const before =
          present === undefined || overlapMs <= 0
            ? []
            : [{ sha256: present.sha256, untilMs: atMs + overlapMs }];
        return ok({ secret, key: { ...found.value, digests: [{ sha256 }, ...before] } });
      }),

    async revoke(name, reason) {
      const revoked = await update(name, (stored, atMs) => {
        const found = existing(name, stored);
        return found.ok ? ok({ key: { ...found.value, revoked: { atMs, reason } } }) : found;
      });
      return revoked.ok ? ok(revoked.value.key) : revoked;
    },

    async look() {
      const [time, revision] = await Promise.all([
        answered(() => redis.time()),
        answered(() => redis.get(REVISION)),
      ]);
      return { revision: revision ?? '', nowMs: redisTimeMs(time) };
    },
  };
}

/** Marks the secrets of this product for those who search texts for secrets. */
const SECRET_PREFIX = 'x402_';

function makeSecret(): { readonly secret: string; readonly sha256: string } {
  const secret = SECRET_PREFIX + randomBytes(32).toString('base64url');
  return { secret, sha256: createHash('sha256').update(secret).digest('hex') };
}

function settingsOf(before: Partial<KeySettings>, patch: unknown): Result<KeySettings, KeyProblem> {
  const parsed = parseStored(keySettingsSchema, mergePatch(before, patch));
  return parsed.ok ? parsed : problem('invalid', parsed.error);
}

function decode(text: string): Result<StoredKey, string> {
  return parseStored(jsonField.pipe(storedKeySchema), text);
}

function redisTimeMs([seconds, microseconds]: readonly (number | string)[]): number {
  return Math.floor(Number(seconds) * 1000 + Number(microseconds) / 1000);
}

function problem(kind: KeyProblem['kind'], message: string): Result<never, KeyProblem> {
  return err({ kind, message });
}
