import { askForOneself } from '../budget/index.js';
import { type ChainProvider, decorateProvider } from '../provider/index.js';

/**
 * Joins identical reads: a caller that asks for what is being asked already gets the same answer. Nothing is kept after
 * the answer, so a joined read is as fresh as the call that it joined.
 */
export function joinLookups(provider: ChainProvider): ChainProvider {
  const outputs = createJoiner(provider.getTransactionOutputs.bind(provider));
  const transaction = createJoiner(provider.getTransaction.bind(provider));
  const mempool = createJoiner(provider.isInMempool.bind(provider));
  const tip = createJoiner((_key: 'tip') => provider.getTip());
  return decorateProvider(provider, {
    getTransactionOutputs: outputs,
    getTransaction: transaction,
    isInMempool: mempool,
    getTip: () => tip('tip'),
  });
}

function createJoiner<Key extends string, Value>(
  lookUp: (key: Key) => Promise<Value>,
): (key: Key) => Promise<Value> {
  const underWay = new Map<Key, Promise<Value>>();
  const ask = (key: Key): Promise<Value> => {
    const joined = underWay.get(key);
    if (joined !== undefined) return joined.catch((error) => askForOneself(error, () => ask(key)));
    const started = lookUp(key).finally(() => underWay.delete(key));
    underWay.set(key, started);
    return started;
  };
  return ask;
}
