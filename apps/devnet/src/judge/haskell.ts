import type { AssetId, OutRef, Slot } from '@x402-facilitator/cardano';

/** A bundle of assets with its lovelace. */
export type Value = { readonly lovelace: bigint; readonly assets: ReadonlyMap<AssetId, bigint> };

/** How the node's `Show` instances print the ledger's types. Clients match on these texts. */
export const haskell = {
  coin: (lovelace: bigint): string => `Coin ${lovelace}`,

  slot: (slot: Slot | number): string => `SlotNo ${slot}`,

  maybe: (value: string | undefined): string => (value === undefined ? 'SNothing' : `SJust (${value})`),

  list: (items: readonly string[]): string => `fromList [${items.join(',')}]`,

  txIn: ({ txHash, index }: OutRef): string =>
    `TxIn (TxId {unTxId = SafeHash "${txHash}"}) (TxIx {unTxIx = ${index}})`,

  keyHash: (hash: string): string => `KeyHash {unKeyHash = "${hash}"}`,

  mismatch: (supplied: string, expected: string): string =>
    `Mismatch {mismatchSupplied = ${supplied}, mismatchExpected = ${expected}}`,

  value: ({ lovelace, assets }: Value): string => {
    const byPolicy = new Map<string, string[]>();
    for (const [asset, quantity] of assets) {
      const [policy = '', name = ''] = asset.split('.', 2);
      byPolicy.set(policy, [...(byPolicy.get(policy) ?? []), `("${name}",${quantity})`]);
    }
    const policies = [...byPolicy].map(
      ([policy, tokens]) => `(PolicyID {policyID = ScriptHash "${policy}"},${haskell.list(tokens)})`,
    );
    return `MaryValue (Coin ${lovelace}) (MultiAsset (${haskell.list(policies)}))`;
  },
};
