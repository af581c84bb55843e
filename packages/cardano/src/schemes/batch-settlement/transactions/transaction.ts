import type {
  ChainOutput,
  ExecutionUnits,
  NetworkFacts,
  ReferenceScript,
} from '../../../ledger/facts/index.js';
import type { Network } from '../../../ledger/network/index.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import type { TxHash } from '../../../ledger/primitives/tx-hash.js';

/** Where a transaction has the validator from. */
export type ValidatorSource =
  /** An output that carries it. It is referenced, not spent. */
  | { readonly kind: 'reference'; readonly output: ChainOutput }
  /** The script itself, which makes the transaction larger by its size. `validatorOf` makes it from its bytes. */
  | { readonly kind: 'witness'; readonly script: ReferenceScript };

/** What every transaction of a channel is built from, beside the channel. */
export type TransactionContext = {
  readonly network: Network;
  readonly facts: NetworkFacts;
  /** Outputs of the builder's wallet. All are spent, and what is over comes back to `changeAddress`. */
  readonly funding: readonly ChainOutput[];
  /** bech32. Change and the collateral's rest go there. */
  readonly changeAddress: string;
  /** The first slot at which the transaction is no longer valid. Without one it never ends by time. */
  readonly ttl?: Slot | undefined;
};

/** What a transaction that runs the validator needs besides. */
export type ScriptContext = TransactionContext & {
  readonly validator: ValidatorSource;
  /**
   * Outputs that a key of the builder's guards: what a failing script would take. They may be among `funding`. Their rest is
   * returned, tokens included.
   */
  readonly collateral: readonly ChainOutput[];
};

/** A channel after a transaction, at its new position. */
export type ChannelAfter = {
  /** The tag, 64 lowercase hex characters. */
  readonly channelId: string;
  readonly output: ChainOutput;
};

/** A transaction that lacks only its signatures. */
export type ChannelTransaction = {
  /** Conway CBOR without signatures. `assembleWitness` adds one. */
  readonly bytes: Uint8Array;
  readonly id: TxHash;
  /** Lovelace. It has room for one signature of each required key. */
  readonly fee: bigint;
  /** What all scripts may spend together, as the transaction declares it. */
  readonly executionUnits: ExecutionUnits;
  /** Hashes of the keys that must sign, lowercase hex, sorted. */
  readonly requiredKeyHashes: readonly string[];
  /** The channels that it leaves, in the order of its inputs. */
  readonly channels: readonly ChannelAfter[];
  /** Everything that it creates. */
  readonly outputs: readonly ChainOutput[];
};

/** Why a transaction cannot be built. Amounts are in units of their asset. */
export type BuildFailure =
  /** What was given is not a channel of this validator at the stage that the step needs, or not the same party's. */
  | { readonly kind: 'channel'; readonly message: string }
  /** What was given is not a validator, or an address of this network, or is not among the inputs. */
  | { readonly kind: 'input'; readonly message: string }
  /** The inputs hold too little for what is paid, the fee, and min-UTxO of the change. */
  | {
      readonly kind: 'tooLittle';
      readonly asset: AssetId;
      readonly expected: bigint;
      readonly found: bigint;
    }
  /** An output would hold less than it must: what is redeemed or shared, or a channel. In lovelace. */
  | {
      readonly kind: 'belowMinimum';
      readonly output: 'payout' | 'share' | 'channel';
      readonly expected: bigint;
      readonly found: bigint;
    }
  /** The collateral is too little, or of too many outputs. */
  | { readonly kind: 'collateral'; readonly message: string }
  /** In bytes, signatures included. */
  | { readonly kind: 'tooLarge'; readonly expected: number; readonly found: number }
  /** More than the protocol gives to one transaction. */
  | { readonly kind: 'tooManyUnits'; readonly expected: ExecutionUnits; readonly found: ExecutionUnits }
  /** The validator does not accept it. */
  | { readonly kind: 'refused'; readonly message: string };

/**
 * What is wrong with a transaction that cannot be built, for people.
 *
 * @param names of the wallet that pays, and of what it was to be.
 * @example
 * if (!built.ok) throw new Error(describeFailure(built.error, { wallet: 'the wallet', transaction: 'transaction' }));
 */
export function describeFailure(
  failure: BuildFailure,
  names: { readonly wallet: string; readonly transaction: string },
): string {
  switch (failure.kind) {
    case 'tooLittle':
      return `${names.wallet} does not have enough funds: expected ${failure.expected} ${failure.asset}, found ${failure.found}`;
    case 'belowMinimum':
      return `expected at least ${failure.expected} lovelace in the ${failure.output}, found ${failure.found}`;
    case 'tooLarge':
      return `expected a ${names.transaction} of at most ${failure.expected} bytes, found ${failure.found}`;
    case 'tooManyUnits':
      return 'the validator takes more than the protocol gives to one transaction';
    case 'channel':
    case 'input':
    case 'collateral':
    case 'refused':
      return failure.message;
  }
}
