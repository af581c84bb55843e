import type { TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';

type Damage = (redis: Redis, key: string) => Promise<unknown>;

/** The ways to make a settlement record unreadable, and the reason given for each. */
export const DAMAGES: readonly (readonly [name: string, damage: Damage, reason: RegExp])[] = [
  [
    'of a newer version',
    (redis, key) => redis.hset(key, 'schemaVersion', '2'),
    /^expected schemaVersion 1, found 2$/,
  ],
  [
    'without a version',
    (redis, key) => redis.hdel(key, 'schemaVersion'),
    /^expected schemaVersion 1, found none$/,
  ],
  ['that lacks a field', (redis, key) => redis.hdel(key, 'payer'), /^payer: /],
  ['with bad JSON', (redis, key) => redis.hset(key, 'inputs', '["oops'), /^inputs: expected JSON$/],
  ['in an unknown state', (redis, key) => redis.hset(key, 'state', 'settling'), /^state: /],
  ['of an unknown kind', (redis, key) => redis.hset(key, 'kind', 'gift'), /^kind: /],
  ['with text for a number', (redis, key) => redis.hset(key, 'queuedAtMs', 'soon'), /^queuedAtMs: /],
  [
    'of another transaction',
    (redis, key) => redis.hset(key, 'transaction', 'ab'.repeat(32)),
    /^expected the settlement of [0-9a-f]{64} on cardano:preview, found that of (ab){32}/,
  ],
  [
    'that is not a hash',
    (redis, key) => redis.multi().del(key).set(key, 'written by hand').exec(),
    /^expected a hash, found a key of another type$/,
  ],
];

/** Where a settlement of `cardano:preview` is kept. */
export function recordKey(txHash: TxHash): string {
  return `{x402}:journal:preview:settlement:${txHash}`;
}

/** A key byte for byte. */
export async function bytesAt(redis: Redis, key: string): Promise<string> {
  return (await redis.dumpBuffer(key)).toString('hex');
}

/** What makes a value unreadable that is JSON in a key of its own. */
export const TEXT_DAMAGES: readonly (readonly [name: string, damage: Damage])[] = [
  ['with bad JSON', (redis, key) => redis.set(key, '{"oops')],
  ['of another shape', (redis, key) => redis.set(key, '{"version":2}')],
  ['of another type', (redis, key) => redis.multi().del(key).hset(key, 'version', '2').exec()],
];

/** What makes the record of a sponsorship unreadable. */
export const SPONSORSHIP_DAMAGES: readonly (readonly [name: string, damage: Damage])[] = [
  ['of a newer version', (redis, key) => redis.hset(key, 'schemaVersion', '2')],
  ['that lacks a field', (redis, key) => redis.hdel(key, 'bookedLovelace')],
  ['in an unknown state', (redis, key) => redis.hset(key, 'state', 'lent')],
  ['with text for a number', (redis, key) => redis.hset(key, 'expiresAtMs', 'soon')],
  ['of another reservation', (redis, key) => redis.hset(key, 'id', 'ab'.repeat(16))],
  ['that is no hash', (redis, key) => redis.multi().del(key).set(key, 'written by hand').exec()],
];

/** What makes the books, or a day's part of them, impossible to count in. */
export const BOOKS_DAMAGES: readonly (readonly [name: string, key: string, damage: Damage])[] = [
  ['books with text for a number', 'books', (redis, key) => redis.hset(key, 'reservedCount', 'many')],
  ['books that are no hash', 'books', (redis, key) => redis.multi().del(key).set(key, 'by hand').exec()],
  ['a day with text for a number', 'day:2026-11-20', (redis, key) => redis.hset(key, 'total', 'many')],
  ['a day that is no hash', 'day:2026-11-20', (redis, key) => redis.multi().del(key).set(key, 'x').exec()],
];

/** Where the sponsorships of `cardano:preview` keep something. */
export function sponsorshipKey(name: string): string {
  return `{x402}:sponsorship:preview:${name}`;
}

/** Where the journal of `cardano:preview` keeps something. */
export function journalKey(name: string): string {
  return `{x402}:journal:preview:${name}`;
}

/** What a key holds; unlike its bytes, it is the same when Redis arranges a large hash anew. */
export async function contentAt(redis: Redis, key: string): Promise<unknown> {
  return (await redis.type(key)) === 'hash' ? redis.hgetall(key) : bytesAt(redis, key);
}
