import { NETWORKS, parseAddress, parseAssetId } from '@x402-facilitator/cardano';
import { z } from 'zod';

/** What a stored key may be called: its name is part of Redis keys, log lines and URLs. */
export const keyNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or a digit',
  );

const asset = z
  .string()
  .max(256)
  .refine((text) => parseAssetId(text) !== undefined, 'expected lovelace, or POLICY.NAME in lowercase hex');
const address = z
  .string()
  .max(256)
  .refine((text) => {
    const parsed = parseAddress(text);
    return parsed.ok && parsed.value.kind === 'shelley';
  }, 'expected an address, addr… or addr_test…')
  .transform((text) => text.toLowerCase());
const positive = z.int().min(1);
/** What counts are exact up to, in Redis's scripts too. */
const count = z.int().min(0);
/** Atomic units as text: they exceed what a number holds. */
const amount = z.string().regex(/^(?:0|[1-9]\d{0,38})$/, 'expected a whole number of atomic units, as text');

const perPeriod = <Value extends z.ZodType>(value: Value) =>
  z.strictObject({ day: value.exactOptional(), month: value.exactOptional() });

const quotas = z.strictObject({
  verifications: perPeriod(count).exactOptional(),
  settlements: perPeriod(count).exactOptional(),
  volume: z
    .record(asset, perPeriod(amount))
    .refine((volume) => Object.keys(volume).length <= 100, 'expected at most 100 assets')
    .exactOptional(),
});

/**
 * What an operator decides about a key. What is left out is not limited, or as the configuration says. Lists are short: the
 * claim script reads them with every claim.
 */
export const keySettingsSchema = z.strictObject({
  /** Whether others may see its settlements. */
  public: z.boolean().default(true),
  redemption: z.enum(['once', 'resume']).exactOptional(),
  /** Requests per window, as `security.apiKeys[].rateLimit`. */
  rateLimit: z
    .strictObject({
      global: positive.exactOptional(),
      sensitive: positive.exactOptional(),
      lookups: positive.exactOptional(),
      waits: positive.exactOptional(),
    })
    .exactOptional(),
  /** What it may settle; each list left out allows all. */
  allowed: z
    .strictObject({
      networks: z.array(z.enum(NETWORKS)).max(10).exactOptional(),
      assets: z.array(asset).max(100).exactOptional(),
      payTos: z.array(address).max(100).exactOptional(),
    })
    .default({}),
  /** Per UTC day and calendar month, by network. */
  quotas: z.partialRecord(z.enum(NETWORKS), quotas).default({}),
  /** Of each network, instead of `sponsorship.limits.perKeyLovelace` where that is more. */
  sponsorshipLovelacePerDay: count.exactOptional(),
});

export type KeySettings = z.output<typeof keySettingsSchema>;

/** Callers pay; admins manage the keys of callers, and nothing else. */
export type KeyRole = 'caller' | 'admin';

export const storedKeySchema = z.object({
  name: keyNameSchema,
  role: z.enum(['caller', 'admin']),
  createdAtMs: z.number(),
  /** SHA-256 of its secrets, lowercase hex: the present one, and while it is being replaced the one before. */
  digests: z.array(z.object({ sha256: z.string(), untilMs: z.number().exactOptional() })),
  settings: keySettingsSchema,
  revoked: z.object({ atMs: z.number(), reason: z.string() }).exactOptional(),
});

/** A key as Redis holds it, without its secret. Times are POSIX milliseconds by Redis's clock. */
export type StoredKey = z.output<typeof storedKeySchema>;

/**
 * Settings changed by a JSON merge patch (RFC 7396): objects are merged, `null` takes a member away, everything else
 * replaces what was there.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    const next = mergePatch(merged.get(name), value);
    if (value === null || isEmptied(value, next)) merged.delete(name);
    else merged.set(name, next);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nothing is left of an object whose last members a patch took away. */
function isEmptied(patch: unknown, merged: unknown): boolean {
  return isObject(patch) && isObject(merged) && Object.keys(merged).length === 0;
}
