import { parseAddress } from '../../../ledger/address/index.js';
import type { OutputFacts } from '../../../ledger/facts/index.js';
import { resolve } from '../../../ledger/phase-1/index.js';
import { type OutRef, type OutRefKey, outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import { unspentOutputs } from '../../output-facts.js';

/**
 * An input that a sponsor's signature would open besides the one that it lends: another one behind its key, or one of a script,
 * which may ask for that signature.
 */
export function foreignInput(
  { inputs }: Pick<Transaction, 'inputs'>,
  outputs: OutputFacts,
  { lent, owner }: { readonly lent: OutRef; readonly owner: string },
): { readonly kind: 'owner' | 'script'; readonly input: OutRefKey } | undefined {
  const lentKey = outRefKey(lent);
  for (const { outRef, address } of resolve(inputs, unspentOutputs(outputs))) {
    const input = outRefKey(outRef);
    const parsed = parseAddress(address);
    if (input === lentKey || !parsed.ok || parsed.value.kind !== 'shelley') continue;
    const { payment } = parsed.value;
    if (payment.kind === 'script') return { kind: 'script', input };
    if (payment.hash === owner) return { kind: 'owner', input };
  }
  return undefined;
}
