import type { FacilitatorClient } from '@x402/core/server';
import {
  type ChainOutput,
  type Network,
  type OutRef,
  type ProtocolParameters,
  parseAddress,
  type TxHash,
} from '@x402-facilitator/cardano/ledger';
import type { RefundKeys } from '../channels/refunds.js';
import type { ChannelStore } from '../channels/store.js';
import type { ManagerEvent } from './events.js';

/** What is read of the chain, from a provider that the seller chose. A read without an answer throws. `blockfrost` of the client's package is one. */
export type ChannelChain = {
  readonly network: Network;
  /** The unspent outputs of a bech32 address that hold no script, each once. */
  unspentOutputs(
    address: string,
  ): Promise<readonly Pick<ChainOutput, 'outRef' | 'address' | 'lovelace' | 'assets'>[]>;
  /** All protocol parameters of now. */
  ledgerParameters?(): Promise<ProtocolParameters>;
  /** The newest block. Slots last a second. */
  tip(): Promise<{ readonly height: number; readonly slot: number }>;
  /** `undefined` for a transaction that is in no block. `isValid` is false when its scripts failed. */
  transaction(
    txHash: TxHash,
  ): Promise<{ readonly bytes: Uint8Array; readonly isValid: boolean; readonly height: number } | undefined>;
  /** The transaction that spent an output; `undefined` for an unspent one. */
  spenderOf(outRef: OutRef): Promise<TxHash | undefined>;
  /** A reader that never knows spenders cannot follow a channel. */
  readonly tellsNoSpenders?: boolean;
};

/** The provider's key and the address that pays for claims. `keysOf` of the client's package makes them. */
export type ProviderKeys = RefundKeys & {
  /** bech32. Its payment key is the channels' `receiverAuthorizer`. It needs an output of ADA alone, of 5 ADA or more, as collateral. */
  readonly address: string;
};

/** When and how much is claimed. */
export type ClaimRules = {
  /** How often the store is read, in milliseconds; 60 000 by default. */
  readonly checkEveryMs: number;
  /** How often everything owed is claimed, in milliseconds; 3 600 000 by default. */
  readonly intervalMs: number;
  /** Claims earlier once so much of an asset is owed, in its units; none by default. */
  readonly thresholds: Readonly<Record<string, bigint>>;
  /** The most channels in one claim; 10 by default. A claim that is too large for the protocol is split. */
  readonly channelsPerClaim: number;
  /** What to do with a payout of ADA below min-UTxO: wait for more (the default), or add to it from the manager's own. */
  readonly belowMinimum: 'wait' | 'add';
  /** How long a claim may wait for a block, in seconds; 600 by default. A third of the close period, if less. */
  readonly validForSeconds: number;
};

/** What a channel manager works with, and how often. */
export type ChannelManagerOptions = Partial<ClaimRules> & {
  readonly store: ChannelStore;
  readonly chain: ChannelChain;
  /** Sends the claims and follows them. */
  readonly facilitator: Pick<FacilitatorClient, 'settle'>;
  readonly keys: ProviderKeys;
  /** The validator's bytes, or an output (`txHash#index`) that carries it and makes claims cheaper. */
  readonly validator:
    | { readonly kind: 'witness'; readonly bytes: Uint8Array }
    | { readonly kind: 'reference'; readonly ref: string };
  /** Is told what a seller should know of; by default Node warns of what went wrong. */
  readonly onEvent?: (event: ManagerEvent) => void;
};

const DEFAULT_RULES: ClaimRules = {
  checkEveryMs: 60_000,
  intervalMs: 3_600_000,
  thresholds: {},
  channelsPerClaim: 10,
  belowMinimum: 'wait',
  validForSeconds: 600,
};

/** @throws Error for rules that cannot work. */
export function rulesOf(options: Partial<ClaimRules>): ClaimRules {
  const { checkEveryMs, intervalMs, thresholds, channelsPerClaim, belowMinimum, validForSeconds } = options;
  const rules = {
    checkEveryMs: checkEveryMs ?? DEFAULT_RULES.checkEveryMs,
    intervalMs: intervalMs ?? DEFAULT_RULES.intervalMs,
    thresholds: thresholds ?? DEFAULT_RULES.thresholds,
    channelsPerClaim: channelsPerClaim ?? DEFAULT_RULES.channelsPerClaim,
    belowMinimum: belowMinimum ?? DEFAULT_RULES.belowMinimum,
    validForSeconds: validForSeconds ?? DEFAULT_RULES.validForSeconds,
  };
  if (!(rules.channelsPerClaim >= 1) || !(rules.validForSeconds >= 1))
    throw new Error('expected channelsPerClaim and validForSeconds of at least 1');
  return rules;
}

/**
 * The hash of the key that claims.
 *
 * @throws Error for an address that a script guards.
 */
export function providerOf({ address }: Pick<ProviderKeys, 'address'>): string {
  const parsed = parseAddress(address);
  const payment = parsed.ok && 'payment' in parsed.value ? parsed.value.payment : undefined;
  if (payment?.kind !== 'key') throw new Error(`expected an address that a key guards, found ${address}`);
  return payment.hash;
}
