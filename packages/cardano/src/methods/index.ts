import type { TransferMethod } from '../verification/verdict.js';
import { defaultMethod } from './default-method.js';
import { scriptMethod } from './script/index.js';
import type { TransferMethodRules } from './transfer-method.js';

export type {
  MethodChainFacts,
  MethodChecks,
  MethodRequestFacts,
  MethodTransactionFacts,
  TransferMethodRules,
} from './transfer-method.js';
export { nothingToCheck } from './transfer-method.js';

/** Every transfer method that payments can be judged by, as `/supported` lists them. */
export const TRANSFER_METHODS: readonly TransferMethodRules[] = [defaultMethod, scriptMethod];

/** The rules of a method by the name that requirements give. */
export function transferMethodOf(name: unknown): TransferMethodRules | undefined {
  return TRANSFER_METHODS.find(({ method }) => method === name);
}

/** The names of every method that payments can be judged by. */
export const TRANSFER_METHOD_NAMES: readonly TransferMethod[] = TRANSFER_METHODS.map(({ method }) => method);
