import { ChainProviderError, wasNotSent } from '../provider/index.js';
import { LookupLimitError } from './lookup-payment.js';

/**
 * What a caller that joined another's read does when that fails. Where nothing was sent because the other may not ask,
 * this one asks by itself.
 */
export function askForOneself<Value>(error: unknown, ask: () => Promise<Value>): Promise<Value> {
  const isTheirs =
    error instanceof LookupLimitError || (error instanceof ChainProviderError && wasNotSent(error.outcome));
  return isTheirs ? ask() : Promise.reject(error);
}
