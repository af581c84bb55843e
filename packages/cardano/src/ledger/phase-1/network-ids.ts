import { type Network, networkIdOf } from '../network/network.js';
import type { Transaction } from '../transaction/transaction.js';
import { allOutputs } from './inputs-and-outputs.js';
import { type LedgerFailure, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

const NETWORK_NAMES = ['0 (a testnet)', '1 (mainnet)'] as const;

/** The body's network id, where present, and every output's address, collateral return included, are this network's. */
export function foreignNetworkIds(transaction: Transaction, network: Network): LedgerFailure[] {
  const expected = networkIdOf(network);
  const failures: LedgerFailure[] = [];
  const { networkId } = transaction;
  if (networkId !== undefined && networkId !== expected) {
    const message = `expected network id ${NETWORK_NAMES[expected]} in the body, found ${NETWORK_NAMES[networkId]}`;
    failures.push(phase1('WrongNetworkInTxBody', message));
  }
  for (const { address, parsedAddress } of allOutputs(transaction)) {
    if (parsedAddress.networkId === expected) continue;
    const message = `expected outputs on network ${NETWORK_NAMES[expected]}, found ${address}`;
    failures.push(phase1('WrongNetwork', message));
  }
  return failures;
}

export const networkIds: Phase1Rule = {
  name: 'network ids are this network’s',
  predicates: ['WrongNetwork', 'WrongNetworkInTxBody'],
  source: 'Shelley Utxo `validateWrongNetwork`; Alonzo Utxo `validateWrongNetworkInTxBody`',
  check: ({ transaction, network }) => foreignNetworkIds(transaction, network),
};
