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
