import { PROJECT_ID } from './library.js';

/** An unspent output as Blockfrost lists it. */
export type ListedOutput = {
  readonly tx_hash: string;
  readonly output_index: number;
  readonly amount: readonly { readonly unit: string; readonly quantity: string }[];
};

export type ListedParameters = {
  readonly min_fee_a: number;
  readonly min_fee_b: number;
  readonly max_tx_size: number;
  readonly max_val_size: string;
  readonly key_deposit: string;
  readonly pool_deposit: string;
  readonly coins_per_utxo_size: string;
};

/** What a wallet reads whose library has no provider. */
export function plainBlockfrost(url: string) {
  const read = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}/${path}`, { headers: { project_id: PROJECT_ID } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    parameters: async () => (await read('epochs/latest/parameters')) as ListedParameters,
    outputs: async (address: string) =>
      (await read(`addresses/${address}/utxos?page=1&count=100`)) as readonly ListedOutput[],
    /** The slot of a time, counted from the tip: slots are seconds. */
    async slotAt(ms: number) {
      const { slot, time } = (await read('blocks/latest')) as { slot: number; time: number };
      return slot + Math.floor(ms / 1000) - time;
    },
  };
}
