import type { Address } from '../../address/index.js';
import type { ReferenceScript } from '../../facts/chain-facts.js';
import type { PlutusData } from '../../plutus/index.js';
import type { AssetId } from '../../primitives/asset.js';
import type { OutRef } from '../../primitives/out-ref.js';

/** An output as a script is shown it. */
export type ShownOutput = {
  readonly address: Address;
  readonly lovelace: bigint;
  readonly assets: ReadonlyMap<AssetId, bigint>;
  readonly datum?:
    | { readonly kind: 'hash'; readonly hash: string }
    | { readonly kind: 'inline'; readonly data: PlutusData }
    | undefined;
  readonly referenceScript?: Pick<ReferenceScript, 'hash'> | undefined;
};

/** An output that the transaction spends or references. */
export type ShownInput = { readonly outRef: OutRef; readonly output: ShownOutput };

/** What a script runs for. */
export type Purpose =
  | { readonly kind: 'mint'; readonly policyId: string }
  | { readonly kind: 'spend'; readonly outRef: OutRef };

/** A redeemer with what it is for. */
export type ShownRedeemer = { readonly purpose: Purpose; readonly data: PlutusData };

/** Everything of a transaction that scripts are shown, in the ledger's own orders. */
export type TransactionFacts = {
  readonly txHash: string;
  readonly inputs: readonly ShownInput[];
  readonly referenceInputs: readonly ShownInput[];
  readonly outputs: readonly ShownOutput[];
  readonly fee: bigint;
  readonly mint: ReadonlyMap<AssetId, bigint>;
  /** POSIX milliseconds; the end is the first that is too late. */
  readonly validFromMs?: number | undefined;
  readonly validUntilMs?: number | undefined;
  readonly requiredSigners: readonly string[];
  readonly redeemers: readonly ShownRedeemer[];
  readonly datums: readonly { readonly hash: string; readonly data: PlutusData }[];
};
