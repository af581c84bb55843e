import type { Archive } from '@x402-facilitator/archive';
import type { SchemeRegistry } from '@x402-facilitator/cardano';
import type { AcknowledgedWrites, RedisConnection } from '@x402-facilitator/journal';
import type { Config, NetworkConfig } from '@x402-facilitator/shared/config';
import type { Logger, Telemetry, WorkerMetrics } from '@x402-facilitator/shared/telemetry';
import type { FacilitatorWallet } from '../wallet/index.js';

/** The worker's parts for one network. */
export type NetworkOptions = {
  readonly served: NetworkConfig;
  readonly schemes: SchemeRegistry;
  readonly config: Config;
  readonly workerId: string;
  /** Undefined when no wallet is configured: payments settle without it. */
  readonly wallet: FacilitatorWallet | undefined;
  /** A `worker` connection. */
  readonly redis: RedisConnection;
  /** For what replicas must have before it is sent; unset when none must. */
  readonly acknowledged: AcknowledgedWrites | undefined;
  /** Undefined where none is configured. */
  readonly archive: Archive | undefined;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  readonly telemetry: Telemetry;
  /** POSIX milliseconds. */
  readonly now: () => number;
};
