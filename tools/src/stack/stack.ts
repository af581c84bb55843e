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
  readonly redis?: RedisOptions;
  /** Further settings of both tiers, as X402_ variables. */
  readonly settings?: Environment;
  /** Where each process writes its log, kept after stop(); by default a temporary directory that goes with the stack. */
  readonly logDirectory?: string;
  /** Told about what takes long. */
  readonly announce?: (message: string) => void;
  /** Told of each part as it becomes ready: "worker-1", and where it listens or came from. */
  readonly onReady?: (name: string, where: string) => void;
};

export type Stack = {
  readonly network: 'cardano:preview' | 'cardano:preprod';
  readonly redis: RedisHandle;
  readonly devnet: DevnetProcess;
  readonly control: DevnetControl;
  /** Every replica ever started, also those that have ended. */
  readonly apis: readonly AppProcess[];
  readonly workers: readonly AppProcess[];
  readonly paywalls: readonly AppProcess[];
  /** Whom the paywall wants paid: an address of nobody's, fresh with every stack. */
  readonly payTo: string;
  /** The workers' wallet: empty until somebody funds it. */
  readonly walletAddress: string;
  /** `policyId.assetNameHex` of the token that the paywall sells for and the faucet gives out. */
  readonly token: string;
  readonly logDirectory: string;
  /** The settings that both tiers run with, for further processes of the same deployment. */
  readonly settings: Environment;
  /** What must never appear in a log: the worker's seed phrase, the project id. */
  readonly secrets: readonly string[];
  startApi(settings?: Environment): Promise<AppProcess>;
  startWorker(settings?: Environment): Promise<AppProcess>;
  startPaywall(settings?: Environment): Promise<AppProcess>;
  /** Ends every process and removes what was temporary. Safe to call twice. */
  stop(): Promise<void>;
};
