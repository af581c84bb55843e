import { type ValidatorSource, validatorOf } from '@x402-facilitator/cardano/channels';
import { parseOutRef } from '@x402-facilitator/cardano/ledger';
import { outputAt } from './output-at.js';
import type { ChannelManagerOptions } from './settings.js';

/**
 * The validator for the manager's claims, proven by the hash of the transaction that carries it. Where its output was spent, claims carry it.
 *
 * @throws Error when nothing there carries a script, or the chain's provider does not answer.
 */
export async function validatorFrom({
  validator,
  chain,
}: Pick<ChannelManagerOptions, 'validator' | 'chain'>): Promise<ValidatorSource> {
  if (validator.kind === 'witness') return { kind: 'witness', script: validatorOf(validator.bytes) };
  const ref = parseOutRef(validator.ref);
  const output = ref && (await outputAt(chain, ref));
  const script = output?.referenceScript;
  if (ref === undefined || output === undefined || script === undefined)
    throw new Error(`expected an output that carries the validator, found none at ${validator.ref}`);
  const isSpent = (await chain.spenderOf(ref)) !== undefined;
  return isSpent ? { kind: 'witness', script } : { kind: 'reference', output };
}
