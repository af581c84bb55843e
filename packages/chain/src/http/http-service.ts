import type { Network } from '@x402-facilitator/cardano';
import {
  type Asking,
  type ChainProvider,
  ChainProviderError,
  type ClosableChainProvider,
  type ProviderCallOutcome,
} from '../provider/index.js';
import { canConnect } from './can-connect.js';
import type { Credential } from './credential.js';
import { createHttpClient, type HttpProviderOptions } from './http-client.js';
import { createJsonReader, type JsonReader } from './read-json.js';
import { submitTransaction } from './submit.js';

/** What a provider is built on: its name, its reads and errors, and the operations that all services share. */
export type HttpService = Pick<ClosableChainProvider, 'canConnect' | 'close'> &
  Pick<ChainProvider, 'name' | 'network'> & {
    /** The calls of one who asks. */
    callsOf(asking: Asking): Pick<ChainProvider, 'submitTransaction'> & { readonly read: JsonReader };
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
  const baseUrl = (url ?? service.urls[network]).replace(/\/+$/, '');
  const client = createHttpClient({
    provider: name,
    baseUrl,
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
    callsOf: (asking) => ({
      read: createJsonReader(client, { asking, provider: name, secret, timeoutMs }),
      submitTransaction: (bytes) =>
        submitTransaction(client, bytes, {
          asking,
          path: service.submitPath,
          timeoutMs: submitTimeoutMs,
          secret,
        }),
    }),
    fail: (operation, what, outcome = 'malformed') =>
      new ChainProviderError(`${name} ${operation}: ${what}`, { provider: name, operation, outcome }),
    canConnect: () => canConnect(baseUrl),
    close: client.close,
  };
}
