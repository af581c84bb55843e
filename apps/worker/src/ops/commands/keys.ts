import { parseNetwork } from '@x402-facilitator/cardano';
import type { KeyProblem, MadeKey, StoredKey } from '@x402-facilitator/journal';
import { KEY_OVERLAP_MS, toKeyReport } from '@x402-facilitator/shared/operations';
import type { CommandContext, JsonOption } from '../command.js';
import { OpsError, UsageError } from '../errors.js';

/** What `ops keys create` and `ops keys set` decide about a key. */
export type KeyOptions = {
  readonly public?: boolean;
  readonly redemption?: string;
  readonly allowNetwork?: readonly string[];
  readonly allowAsset?: readonly string[];
  readonly allowPayTo?: readonly string[];
  readonly quota?: readonly string[];
  readonly rateLimit?: readonly string[];
  readonly sponsorship?: string;
};

/** `ops keys create NAME`: makes a key, and tells its secret once. */
export async function createKey(
  context: CommandContext,
  name: string,
  { admin, ...options }: KeyOptions & { readonly admin?: boolean },
): Promise<number> {
  const { keys, configuredKeys } = context;
  if (configuredKeys.includes(name)) throw new OpsError(`security.apiKeys lists a key named ${name}`);
  const role = admin === true ? 'admin' : 'caller';
  if (role === 'admin' && Object.keys(options).length > 0)
    throw new UsageError('expected no settings beside --admin: an admin settles nothing');
  const made = done(await keys.create({ name, role, settings: patchOf(options) }));
  tellSecret(context, made, `${role === 'admin' ? 'admin’s key' : 'key'} ${name} is made`);
  return 0;
}

/** `ops keys list`: every key, and what is odd about it. */
export async function listKeys({ keys, out, err }: CommandContext, { json }: JsonOption): Promise<number> {
  const { keys: all, unreadable } = await keys.list();
  if (json === true) {
    out(JSON.stringify({ keys: all.map(toKeyReport), unreadable }, null, 2));
    return 0;
  }
  if (all.length === 0) out('no key is stored');
  for (const key of all) out(`${key.name}  ${remarksOn(key).join(', ')}`);
  for (const name of unreadable) err(`${name}: stored as this version cannot read it`);
  return 0;
}

/** `ops keys show NAME`: its settings, and what it used of its quotas. */
export async function showKey(
  { keys, usage, networks, out }: CommandContext,
  name: string,
  { json }: JsonOption,
): Promise<number> {
  const key = await keys.read(name);
  if (key === undefined) throw new OpsError(`no key is named ${JSON.stringify(name)}`);
  const used = await usage.read(
    networks.map(({ network }) => network),
    name,
  );
  const counted = used.map(({ network, day, month }) => ({
    network,
    day: { ...day, volume: volumeOf(day.volume) },
    month: { ...month, volume: volumeOf(month.volume) },
  }));
  if (json === true) {
    out(JSON.stringify({ key: toKeyReport(key), usage: counted }, null, 2));
    return 0;
  }
  out(`${name}  ${remarksOn(key).join(', ')}`);
  out(`  settings   ${JSON.stringify(key.settings)}`);
  for (const { network, day, month } of counted)
    for (const { period, verifications, settlements, volume } of [day, month]) {
      const { used, confirmed } = settlements;
      const sums = Object.entries(volume).map(([asset, sum]) => `${sum.used} ${asset}`);
      out(
        `  ${period.padEnd(10)} ${network}: ${verifications} verifications, ${used} settlements (${confirmed} confirmed)${sums.map((sum) => `, ${sum}`).join('')}`,
      );
    }
  return 0;
}

/** `ops keys set NAME`: changes what a key may do. */
export async function setKey(
  { keys, out }: CommandContext,
  name: string,
  options: KeyOptions,
): Promise<number> {
  if (Object.keys(options).length === 0) throw new UsageError('expected at least one setting to change');
  const changed = done(await keys.change(name, patchOf(options)));
  out(`${name}: ${JSON.stringify(changed.settings)}`);
  return 0;
}

/** `ops keys rotate NAME`: another secret; the one before is good for a while beside it. */
export async function rotateKey(
  context: CommandContext,
  name: string,
  { overlap = KEY_OVERLAP_MS }: { readonly overlap?: number },
): Promise<number> {
  const made = done(await context.keys.rotate(name, overlap));
  const [, before] = made.key.digests;
  const end =
    before?.untilMs === undefined ? 'has ended' : `ends at ${new Date(before.untilMs).toISOString()}`;
  tellSecret(context, made, `${name} has a new secret; the one before ${end}`);
  return 0;
}

/** `ops keys revoke NAME --reason TEXT`: from now on no replica lets it claim; its name stays taken. */
export async function revokeKey(
  { keys, out }: CommandContext,
  name: string,
  { reason }: { readonly reason: string },
): Promise<number> {
  done(await keys.revoke(name, reason));
  out(`${name} is revoked: it claims nothing from now on, and every replica refuses it within a second`);
  return 0;
}

/** The secret alone is the command's result, so that a script can take it. */
function tellSecret({ out, err, areKeysStored }: CommandContext, { secret }: MadeKey, what: string): void {
  err(`${what}. Its secret is told here and never again:`);
  out(secret);
  if (!areKeysStored)
    err('security.storedKeys is false here: a replica with this configuration does not know it');
}

function done<T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: KeyProblem },
): T {
  if (outcome.ok) return outcome.value;
  throw outcome.error.kind === 'invalid'
    ? new UsageError(outcome.error.message)
    : new OpsError(outcome.error.message);
}

function remarksOn({ role, digests, settings, revoked }: StoredKey): readonly string[] {
  const [, before] = digests;
  return [
    role,
    settings.public ? 'public' : 'private',
    ...(before?.untilMs === undefined ? [] : [`old secret until ${new Date(before.untilMs).toISOString()}`]),
    ...(revoked === undefined
      ? []
      : [`revoked at ${new Date(revoked.atMs).toISOString()}: ${revoked.reason}`]),
  ];
}

function volumeOf(volume: ReadonlyMap<string, { readonly used: bigint; readonly confirmed: bigint }>) {
  return Object.fromEntries(
    [...volume].map(([asset, { used, confirmed }]) => [
      asset,
      { used: String(used), confirmed: String(confirmed) },
    ]),
  );
}

/** The options as a merge patch of the key's settings. */
function patchOf(options: KeyOptions): unknown {
  const { public: isPublic, redemption, sponsorship, quota = [], rateLimit = [] } = options;
  const allowed = {
    ...listOf('networks', options.allowNetwork?.map(networkNamed)),
    ...listOf('assets', options.allowAsset),
    ...listOf('payTos', options.allowPayTo),
  };
  return {
    ...(isPublic === undefined ? {} : { public: isPublic }),
    ...(redemption === undefined ? {} : { redemption: redemption === 'default' ? null : redemption }),
    ...(sponsorship === undefined
      ? {}
      : {
          sponsorshipLovelacePerDay: sponsorship === 'default' ? null : countOf('--sponsorship', sponsorship),
        }),
    ...(Object.keys(allowed).length === 0 ? {} : { allowed }),
    ...(rateLimit.length === 0 ? {} : { rateLimit: Object.fromEntries(rateLimit.map(rateLimitOf)) }),
    ...(quota.length === 0 ? {} : { quotas: quota.map(quotaOf).reduce(deepMerge, {}) }),
  };
}

/** `any` alone takes the list away. */
function listOf(name: string, values: readonly string[] | undefined): Readonly<Record<string, unknown>> {
  if (values === undefined) return {};
  return { [name]: values.includes('any') ? null : values };
}

function networkNamed(text: string): string {
  if (text === 'any') return text;
  const network = parseNetwork(text.includes(':') ? text : `cardano:${text}`);
  if (network !== undefined) return network;
  throw new UsageError(`expected a network such as preview, found "${text}"`);
}

function rateLimitOf(text: string): readonly [string, number | null] {
  const [, name, value] = /^(global|sensitive|lookups|waits)=(\d+|default)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(
      `--rate-limit: expected global, sensitive, lookups or waits, as in sensitive=3000, found "${text}"`,
    );
  return [name, value === 'default' ? null : Number(value)];
}

/** `NETWORK/WHAT/PERIOD=NUMBER`; WHAT is verifications, settlements or an asset. */
function quotaOf(text: string): Readonly<Record<string, unknown>> {
  const [, named = '', what = '', period = '', value = ''] =
    /^([^/]+)\/([^/]+)\/(day|month)=(\d+|none)$/.exec(text) ?? [];
  if (what === '')
    throw new UsageError(
      `--quota: expected NETWORK/WHAT/day=NUMBER or /month=NUMBER, where WHAT is verifications, settlements or an asset, found "${text}"`,
    );
  const isCount = what === 'verifications' || what === 'settlements';
  const limit =
    value === 'none' ? null : isCount ? countOf('--quota', value) : value.replace(/^0+(?=\d)/, '');
  const ofPeriod = { [period]: limit };
  return { [networkNamed(named)]: isCount ? { [what]: ofPeriod } : { volume: { [what]: ofPeriod } } };
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new UsageError(
    `${option}: expected a whole number up to ${Number.MAX_SAFE_INTEGER}, found "${text}"`,
  );
}

type Tree = Readonly<Record<string, unknown>>;

function deepMerge(left: Tree, right: Tree): Tree {
  const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;
  const merged = new Map(Object.entries(left));
  for (const [name, value] of Object.entries(right)) {
    const before = merged.get(name);
    merged.set(name, isTree(before) && isTree(value) ? deepMerge(before, value) : value);
  }
  return Object.fromEntries(merged);
}
