import {
  type ChainOutput,
  type LedgerInput,
  type Network,
  namedOutputs,
  outRefKey,
  type ProtocolParameters,
  type Slot,
  type Timeline,
  toHex,
} from '@x402-facilitator/cardano';

/** What the second judge is asked about one transaction: plain data throughout, so that any thread can be asked. */
export type Question = {
  /** The transaction's bytes. */
  readonly transactionHex: string;
  /** The unspent outputs that it spends, references or offers as collateral. */
  readonly outputs: readonly ChainOutput[];
  readonly parameters: ProtocolParameters;
  /** The slot in which it would be applied. */
  readonly slot: Slot;
  readonly network: Network;
  readonly timeline: Timeline;
  /** Hashes of the keys that will sign before it is submitted, lowercase hex. */
  readonly expectedSigners: readonly string[];
};

/** The question about a transaction, from the facts that our own judges take. */
export function questionOf(
  { transaction, outputs, parameters, slot, network, expectedSigners = [] }: LedgerInput,
  timeline: Timeline,
): Question {
  const keys = new Set(namedOutputs(transaction).map(outRefKey));
  return {
    transactionHex: toHex(transaction.bytes),
    outputs: [...keys].flatMap((key) => outputs.get(key) ?? []),
    parameters,
    slot,
    network,
    timeline,
    expectedSigners,
  };
}
