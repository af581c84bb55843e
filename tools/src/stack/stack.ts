import type { Place } from '../processes/index.js';
import type { RedisHandle, RedisOptions } from '../redis/index.js';
import type { DevnetControl } from './devnet-control.js';
import type { Environment } from './environment.js';
import type { AppProcess } from './start-app.js';
import type { DevnetProcess } from './start-devnet.js';

export type StackOptions = {
  /** API replicas; 1 by default. */
  readonly apis?: number;
  /** Worker replicas; 1 by default. */
  readonly workers?: number;
  /** The paywalled example server in front of the first API; true by default. */
  readonly paywall?: boolean;
  /** Time between blocks in milliseconds; 0 for blocks only on request. 1 000 by default. */
  readonly blockMs?: number;
  readonly network?: 'preview' | 'preprod';
  /** Who judges on the devnet (docs/devnet.md); `second` by default. */
  readonly judge?: 'second' | 'own';
  readonly redis?: RedisOptions;
  /** A Redis that is there already; `stop()` leaves it alone. */
  readonly startedRedis?: RedisHandle;
  /** Where the devnet and each replica run, by their names; on this machine's loopback by default. */
  readonly placeOf?: (name: string) => Promise<Place>;
  /** Further settings of both tiers, as X402_ variables. */
  readonly settings?: Environment;
  /** Where each process writes its log. It stays after stop(); the default is a temporary directory, which is removed. */
  readonly logDirectory?: string;
  /** Is told about what takes long. */
  readonly announce?: (message: string) => void;
  /** Is told of each part when it is ready: "worker-1", and where it listens or came from. */
  readonly onReady?: (name: string, where: string) => void;
};

export type Stack = {
  readonly network: 'cardano:preview' | 'cardano:preprod';
  readonly redis: RedisHandle;
  readonly devnet: DevnetProcess;
  readonly control: DevnetControl;
  /** Every replica that was started, also those that have ended. */
  readonly apis: readonly AppProcess[];
  readonly workers: readonly AppProcess[];
  readonly paywalls: readonly AppProcess[];
  /** The address that the paywall wants paid: fresh with every stack, and no key of it is kept. */
  readonly payTo: string;
  /** The workers' wallet, empty at first. */
  readonly walletAddress: string;
  /** `policyId.assetNameHex` of the token that the paywall sells for and the faucet gives out. */
  readonly token: string;
  readonly logDirectory: string;
  /** The settings of both tiers, for more processes of the same deployment. */
  readonly settings: Environment;
  /** What must never appear in a log: the worker's seed phrase, the project id. */
  readonly secrets: readonly string[];
  /** @param readyPath the path that answers 2xx once it counts as started; `/ready` by default. */
  startApi(settings?: Environment, readyPath?: string): Promise<AppProcess>;
  /** @param readyPath as for an API; `/health` by default. */
  startWorker(settings?: Environment, readyPath?: string): Promise<AppProcess>;
  startPaywall(settings?: Environment): Promise<AppProcess>;
  /** Ends every process and removes what was temporary. Safe to call twice. */
  stop(): Promise<void>;
};
