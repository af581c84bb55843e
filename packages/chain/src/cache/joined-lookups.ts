import type { TxHash } from '@x402-facilitator/cardano';
import { askForOneself } from '../budget/index.js';
import { askable, askedBy, type ChainProvider, operationsThrough } from '../provider/index.js';

/**
 * Joins identical reads: a caller that asks for what is being asked already gets the same answer. Nothing is kept after
 * the answer, so a joined read is as fresh as the call that it joined.
 */
export function joinLookups(provider: ChainProvider): ChainProvider {
  const outputs = createJoiner((it, txHash: TxHash) => it.getTransactionOutputs(txHash));
  const transaction = createJoiner((it, txHash: TxHash) => it.getTransaction(txHash));
  const mempool = createJoiner((it, txHash: TxHash) => it.isInMempool(txHash));
  const tip = createJoiner((it, _key: 'tip') => it.getTip());
  return askable(provider, (asking) => {
    const asked = askedBy(provider, asking);
    return {
      ...operationsThrough((operation) => operation(asked)),
      getTransactionOutputs: (txHash) => outputs(asked, txHash),
      getTransaction: (txHash) => transaction(asked, txHash),
      isInMempool: (txHash) => mempool(asked, txHash),
      getTip: () => tip(asked, 'tip'),
    };
  });
}

function createJoiner<Key extends string, Value>(
  lookUp: (asked: ChainProvider, key: Key) => Promise<Value>,
): (asked: ChainProvider, key: Key) => Promise<Value> {
  const underWay = new Map<Key, Promise<Value>>();
  const ask = (asked: ChainProvider, key: Key): Promise<Value> => {
    const joined = underWay.get(key);
    if (joined !== undefined) return joined.catch((error) => askForOneself(error, () => ask(asked, key)));
    const started = lookUp(asked, key).finally(() => underWay.delete(key));
    underWay.set(key, started);
    return started;
  };
  return ask;
}
