import type { Network } from '@x402-facilitator/cardano';
import {
  type AcknowledgedWrites,
  createKeyStore,
  createKeyUsage,
  type Journal,
  type RedisConnection,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { KeyMetrics, Logger } from '@x402-facilitator/shared/telemetry';
import type { KeyAdminOptions } from './key-admin/index.js';
import { createKeyRegistry } from './keys/index.js';
import { createKeyRules } from './services/key-rules.js';
import { createReadUsage } from './services/read-usage.js';
import { createVisibility, createWithoutOthers } from './services/visibility.js';

/** What callers' keys may do, and who sees what was settled with them. */
export function connectKeys({
  security,
  redis,
  acknowledged,
  networks,
  journal,
  metrics,
  logger,
}: {
  readonly security: Config['security'];
  readonly redis: RedisConnection;
  /** Unset: no replica must acknowledge. */
  readonly acknowledged: AcknowledgedWrites | undefined;
  readonly networks: readonly Network[];
  readonly journal: Pick<Journal, 'read'>;
  readonly metrics: KeyMetrics;
  readonly logger: Logger;
}) {
  const stored = security.storedKeys ? openStored() : undefined;
  const visibility = createVisibility({ security, registry: stored?.registry });
  return {
    visibility,
    withoutOthers: createWithoutOthers({ visibility, journal }),
    keyRules: createKeyRules({ usage: stored?.usage, metrics }),
    registry: stored?.registry,
    readUsage: stored?.readUsage,
    /** Unset: no keys are stored. */
    keyAdmin: stored && admin(stored),
  };

  function openStored() {
    const store = createKeyStore(redis, acknowledged);
    const usage = createKeyUsage(redis);
    return {
      store,
      usage,
      registry: createKeyRegistry({ store, configured: security.apiKeys, log: logger }),
      readUsage: createReadUsage({ usage, networks }),
    };
  }

  function admin({ store, registry, readUsage }: ReturnType<typeof openStored>): KeyAdminOptions {
    return { store, registry, readUsage, configured: security.apiKeys.map(({ name }) => name), logger };
  }
}
