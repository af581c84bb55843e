import {
  type ChainReader,
  ChainUnreachableError,
  type Keys,
  type PurchaseRecord,
  type PurchaseStore,
} from '@x402-facilitator/client';
import type { PageData } from '../src/paywall/page-data.js';

/** How long after its end a payment is not looked for: wallets learn of a block with some delay, and blocks are rolled back. */
export const SETTLED_AFTER_MS = 120_000;

/**
 * Whether a payment is on the ledger, as the buyer's own wallet tells by its outputs. `spent`: something has spent its inputs,
 * perhaps the payment.
 */
export type WalletFate = 'included' | 'impossible' | 'possible' | 'spent';

export async function fateByWallet({ payment }: PurchaseRecord, keys: Keys): Promise<WalletFate> {
  const unspent = (await keys.unspentOutputs?.()) ?? [];
  // Its change came back.
  if (unspent.some(({ outRef }) => outRef.txHash === payment.transactionId)) return 'included';
  const left = new Set(unspent.map(({ outRef: { txHash, index } }) => `${txHash}#${index}`));
  if (!payment.inputs.every((input) => left.has(input))) return 'spent';
  return Date.now() > payment.validToMs + SETTLED_AFTER_MS ? 'impossible' : 'possible';
}

/**
 * What the page reads of the chain: nothing but what the buyer's wallet says. Neither the shop nor a provider of it is asked
 * whether a payment happened.
 *
 * @param keys undefined while no wallet is connected; then nothing is known.
 */
export function walletReader(
  network: ChainReader['network'],
  costs: PageData['costs'],
  store: PurchaseStore,
  keys: Keys | undefined,
): ChainReader {
  const refuse = (): never => {
    throw new ChainUnreachableError('the page has no provider of chain data');
  };
  return {
    network,
    parameters: async () => ({
      minFeePerByte: BigInt(costs.minFeePerByte),
      minFeeConstant: BigInt(costs.minFeeConstant),
      coinsPerUtxoByte: BigInt(costs.coinsPerUtxoByte),
      maxTransactionBytes: costs.maxTransactionBytes,
      maxValueBytes: costs.maxValueBytes,
    }),
    // `transaction` waits for the end of a payment by the clock, so any slot will do.
    tip: async () => ({ height: 0, slot: Number.MAX_SAFE_INTEGER }),
    async transaction(txHash) {
      const record = (await store.list()).find(({ payment }) => payment.transactionId === txHash);
      if (keys === undefined || record === undefined) return refuse();
      const fate = await fateByWallet(record, keys);
      if (fate === 'included') return { bytes: new Uint8Array(), isValid: true, height: 0 };
      return fate === 'impossible' ? undefined : refuse();
    },
    unspentOutputs: async () => refuse(),
    spenderOf: async () => undefined,
  };
}
