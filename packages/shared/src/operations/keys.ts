import type { StoredKey } from '@x402-facilitator/journal';
import { isoTime } from '../wire/index.js';

/** For so long the secret before is good beside a new one, unless said otherwise. */
export const KEY_OVERLAP_MS = 86_400_000;

/** What operators are told of a stored key. Its secret is told once, when it is made. */
export function toKeyReport({ name, role, createdAtMs, digests, settings, revoked }: StoredKey) {
  return {
    name,
    role,
    createdAt: isoTime(createdAtMs),
    oldSecretEndsAt: isoTime(digests[1]?.untilMs),
    revoked: revoked === undefined ? null : { at: isoTime(revoked.atMs), reason: revoked.reason },
    settings,
  };
}
