import type { Network } from '@x402-facilitator/cardano';
import type { Dispatcher } from 'undici';
import {
  type ChainProvider,
  ChainProviderError,
  type Clock,
  type ClosableChainProvider,
  type ProviderCallOutcome,
} from '../provider/index.js';
import type { Credential } from './credential.js';
import { type Admission, createHttpClient, type ProviderCall } from './http-client.js';
import { createJsonReader, type JsonReader } from './read-json.js';
import { submitTransaction } from './submit.js';

/** What every provider behind HTTP can be told, apart from its own credential. */
export type HttpProviderOptions = {
  readonly network: Network;
  /** Base URL; the service's own instance of the network when unset. */
  readonly url?: string | undefined;
  /** Names the provider in errors, logs and metrics. */
  readonly name?: string | undefined;
  /** Time limit of each HTTP call of a read, everything included. */
  readonly timeoutMs?: number | undefined;
  /** Time limit of a submission. It is longer, because after giving up the outcome is unknown. */
  readonly submitTimeoutMs?: number | undefined;
  /** Replaces the provider's own connection pool. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly clock?: Clock | undefined;
  /** Called once per HTTP call, after it ended. */
  readonly onCall?: ((call: ProviderCall) => void) | undefined;
  /** Asked before each HTTP call whether the budget has room for it. */
  readonly admit?: Admission | undefined;
};

/** What a provider is built on: its name, its reads and errors, and the operations that all services share. */
export type HttpService = Pick<ClosableChainProvider, 'close'> &
  Pick<ChainProvider, 'name' | 'network' | 'submitTransaction'> & {
    readonly read: JsonReader;
    /** The error of an operation, to throw. */
    fail(operation: string, what: string, outcome?: ProviderCallOutcome): ChainProviderError;
  };

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_SUBMIT_TIMEOUT_MS = 20_000;

/** Opens the connections to a chain's HTTP service. Its messages never contain the credential. */
export function createHttpService(
  options: HttpProviderOptions,
  service: {
    readonly name: string;
    /** The service's own instance of each network. */
    readonly urls: Readonly<Record<Network, string>>;
    readonly credential: Credential | undefined;
    readonly submitPath: string;
  },
): HttpService {
  const { network, url, name = service.name, clock = Date.now, dispatcher, onCall, admit } = options;
  const { credential } = service;
  const client = createHttpClient({
    provider: name,
    baseUrl: (url ?? service.urls[network]).replace(/\/+$/, ''),
    credential,
    dispatcher,
    clock,
    onCall,
    admit,
  });
  const { timeoutMs = DEFAULT_TIMEOUT_MS, submitTimeoutMs = DEFAULT_SUBMIT_TIMEOUT_MS } = options;
  const secret = credential?.secret;
  return {
    name,
    network,
    read: createJsonReader(client, { provider: name, secret, timeoutMs }),
    fail: (operation, what, outcome = 'malformed') =>
      new ChainProviderError(`${name} ${operation}: ${what}`, { provider: name, operation, outcome }),
    submitTransaction: (bytes) =>
      submitTransaction(client, bytes, { path: service.submitPath, timeoutMs: submitTimeoutMs, secret }),
    close: client.close,
  };
}
