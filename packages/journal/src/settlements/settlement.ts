import {
  type AssetId,
  type ChainPoint,
  type ChannelChange,
  type Network,
  type OutRefKey,
  type Result,
  type Slot,
  slot,
  type TxHash,
} from '@x402-facilitator/cardano';
import { z } from 'zod';
import type { DiscoveryCandidate } from '../discovery/candidate.js';
import { outRefField, txHashField } from '../redis/index.js';
import { PENDING_STATES, type SettlementState } from './states.js';

/** What a transaction does: it pays, or it moves a channel's money in, across or back. */
export const SETTLEMENT_KINDS = ['payment', 'deposit', 'claim', 'refund'] as const;

export type SettlementKind = (typeof SETTLEMENT_KINDS)[number];

/** What the answer of a success holds, where a scheme says it. */
export const settlementSuccess = z.object({
  /** Decimal, atomic units. Absent: the answer names none. */
  amount: z.string().optional(),
  extra: z.record(z.string(), z.unknown()),
});

export type SettlementSuccess = Readonly<z.output<typeof settlementSuccess>>;

/** What every settlement has, whatever its state. Times are POSIX milliseconds. */
export type SettlementBase = {
  readonly network: Network;
  readonly txHash: TxHash;
  readonly kind: SettlementKind;
  /** The x402 scheme it was verified by; absent means the registry's default, which version 0.1 did not write. */
  readonly scheme?: string;
  /** How it pays, in the scheme's own word. */
  readonly method: string;
  /** Grows by one with every write. Events carry it, so that a reader can tell an old one. */
  readonly revision: number;
  /** Submission attempts so far; also the fence of the running attempt. */
  readonly attempts: number;
  /** SHA-256 hex over JCS of `{requirements, resource.url}`. */
  readonly binding: string;
  readonly payer: string;
  readonly payTo: string;
  readonly asset: AssetId;
  /** Atomic units. */
  readonly amount: bigint;
  readonly requiredConfirmations: number;
  /** The inputs that this settlement holds until it is terminal. */
  readonly inputs: readonly OutRefKey[];
  /** Absent: no slot ends it. It stays pending until a block holds it or another transaction has spent an input. */
  readonly ttl?: Slot | undefined;
  /** When the TTL slot begins. Without a TTL: until when its inputs are held for it (`HELD_WITHOUT_TTL_MS`). */
  readonly expiresAtMs: number;
  readonly queuedAtMs: number;
  /**
   * False when the transaction runs no script: a block that holds it has then paid, and its scripts need no second look.
   */
  readonly hasScripts: boolean;
  /** The name of the API key that it was claimed with; a stranger's has none. Older versions did not write it. */
  readonly keyName?: string | undefined;
  /** URL of what was paid for, as the request named it, up to `MAX_RESOURCE_CHARACTERS`. */
  readonly resource?: string;
  /** What its success says besides, in its scheme's words. */
  readonly success?: SettlementSuccess | undefined;
  /** W3C trace context of the request that claimed it. */
  readonly traceparent?: string;
  /** Masumi: the digest of the seller's terms, bound to this transaction for good. */
  readonly termsDigest?: string;
  /** The reservation by which the worker's wallet pays its fee: the transaction lacks the wallet's signature. */
  readonly sponsorship?: string;
  /** The provider's words about the latest attempt. */
  readonly lastProviderMessage?: string;
  /** How often in a row nodes refused its bytes in words that end a settlement once they are said often enough. */
  readonly refusals?: number;
  /** When the first of these refusals came, by Redis's clock. */
  readonly refusedAtMs?: number;
  /** When success was handed out, once per binding. A rollback does not undo it. */
  readonly deliveredAtMs?: number;
  /** Digest of who collected it and under which payment identifier; older versions did not write it. */
  readonly deliveredTo?: string;
  /** The earliest slot of a block that ever held it. A rollback keeps it; older versions did not write it. */
  readonly earliestBlockSlot?: Slot;
  /** When an operator said that its success was never handed out, though a block held it before it was claimed; and why. */
  readonly redeemedAtMs?: number;
  readonly redeemedBecause?: string;
};

/** Fields that a settlement gains on its way. */
export type Progress = {
  readonly submittedAtMs: number;
  readonly includedAtMs: number;
  readonly block: ChainPoint;
  /** Newer canonical blocks on top of `block`; -1 for a `-1` policy met by mempool acceptance. */
  readonly confirmations: number;
  /**
   * How sure a confirmation is: `mempool` rests on a node's acceptance and no block; `watched` is in a block and may
   * still be rolled back; `final` has been in its block for longer than the stability window.
   */
  readonly finality: 'mempool' | 'watched' | 'final';
  /** When it became confirmed, failed or expired. */
  readonly endedAtMs: number;
  /** When it became terminal: failed, expired, or confirmed for longer than the stability window. */
  readonly finalAtMs: number;
  /**
   * The revision that first made it confirmed, failed or expired. A rollback keeps it, so that each settlement is
   * counted once, at this revision.
   */
  readonly firstEndedRevision: number;
  readonly errorReason: string;
  readonly errorMessage: string;
  /** Why it can no longer be included. A transaction that the node refused has none. */
  readonly proof: SettlementProof;
};

/** One state with its fields. The other fields read as `undefined`, so that no narrowing is needed first. */
type Variant<State extends SettlementState, Has = unknown> = SettlementBase & {
  readonly state: State;
} & Has & {
    readonly [Name in Exclude<keyof Progress, keyof Has>]?: never;
  };

/** On a second attempt it may have been submitted before. */
type MaybeSubmitted = Partial<Pick<Progress, 'submittedAtMs'>>;
type InBlock = MaybeSubmitted & Pick<Progress, 'includedAtMs' | 'block' | 'confirmations'>;
type Ended = Pick<Progress, 'endedAtMs' | 'firstEndedRevision'>;
type Unpaid = MaybeSubmitted & Ended & Pick<Progress, 'finalAtMs' | 'errorReason' | 'errorMessage'>;

export type IncludedSettlement = Variant<'included', InBlock>;
export type ConfirmedSettlement =
  | Variant<
      'confirmed',
      Ended & Pick<Progress, 'submittedAtMs' | 'confirmations'> & { readonly finality: 'mempool' }
    >
  | Variant<'confirmed', Ended & InBlock & { readonly finality: 'watched' }>
  | Variant<'confirmed', Ended & InBlock & Pick<Progress, 'finalAtMs'> & { readonly finality: 'final' }>;
export type InBlockSettlement =
  | IncludedSettlement
  | Exclude<ConfirmedSettlement, { readonly finality: 'mempool' }>;
export type FailedSettlement =
  | Variant<'failed', Unpaid & Partial<Pick<Progress, 'proof'>>>
  | Variant<'expired', Unpaid & Pick<Progress, 'proof'>>;

/** A settlement as the journal holds it: the only source of truth. */
export type Settlement =
  | Variant<'queued'>
  | Variant<'submitting', MaybeSubmitted>
  | Variant<'submitted', Pick<Progress, 'submittedAtMs'>>
  | Variant<'ambiguous', MaybeSubmitted>
  | IncludedSettlement
  | ConfirmedSettlement
  | FailedSettlement;

/** A record that this version cannot read: it is damaged, or a newer version wrote it. It stays as it is. */
export type UnreadableSettlement = {
  readonly network: Network;
  readonly txHash: TxHash;
  /** As stored. */
  readonly schemaVersion: string | undefined;
  /** One line: what was expected and what was found. */
  readonly reason: string;
};

/** The result of reading a settlement; `undefined` when it was never claimed or its record has expired. */
export type Reading = Result<Settlement | undefined, UnreadableSettlement>;

/** The settlements among some readings. Missing and unreadable records are left out. */
export function settlementsIn(readings: readonly Reading[]): readonly Settlement[] {
  return readings.flatMap((reading) => (reading.ok && reading.value !== undefined ? [reading.value] : []));
}

/**
 * For so long the inputs of a transaction without TTL are held, from its claim. Then another payment may spend them, and a
 * worker looks for it less often: it may still come into a block, so it does not fail.
 */
export const HELD_WITHOUT_TTL_MS = 86_400_000;

/** True while a block holds it. */
export function isInBlock(settlement: Settlement): settlement is InBlockSettlement {
  return settlement.block !== undefined;
}

/** True when waiting is over: it settled, or it never will. */
export function isDone({ state }: { readonly state: SettlementState }): boolean {
  return !PENDING_STATES.some((pending) => pending === state);
}

/** When its TTL slot begins, POSIX milliseconds; `undefined` without a TTL. */
export function ttlEndsAtMs({ ttl, expiresAtMs }: Pick<SettlementBase, 'ttl' | 'expiresAtMs'>) {
  return ttl === undefined ? undefined : expiresAtMs;
}

/** A longer URL is not recorded, because every read of the record would carry it. The binding still covers it. */
export const MAX_RESOURCE_CHARACTERS = 2048;

const slotNumber = z.int().transform(slot);
const point = z.object({ hash: z.string().min(1), height: z.int(), slot: slotNumber }).readonly();

/** Why a transaction can no longer be included, or was included without paying. */
export const settlementProof = z.discriminatedUnion('kind', [
  /** Another transaction in a canonical block spent one of its inputs. */
  z.object({ kind: z.literal('superseded'), input: outRefField, by: txHashField, block: point }),
  /** The chain went past its TTL and holds it nowhere. */
  z.object({ kind: z.literal('ttl-passed'), ttl: slotNumber, tip: point }),
  /** A block holds it with failed scripts: it took its collateral and paid nothing. */
  z.object({ kind: z.literal('script-failure'), block: point }),
]);

export type SettlementProof = Readonly<z.output<typeof settlementProof>>;

/** What a verified payment claims. */
export type SettlementClaim = Omit<
  SettlementBase,
  | 'kind'
  | 'revision'
  | 'attempts'
  | 'queuedAtMs'
  | 'sponsorship'
  | 'lastProviderMessage'
  | 'refusals'
  | 'refusedAtMs'
  | 'deliveredAtMs'
  | 'deliveredTo'
  | 'earliestBlockSlot'
  | 'redeemedAtMs'
> & {
  /** `payment` when left out. */
  readonly kind?: SettlementKind;
  /** What it leaves in channels: the books of channels are kept by it. */
  readonly channels?: readonly ChannelChange[];
  /** What it declares about the resource that it pays for: its success lists it. */
  readonly discovery?: DiscoveryCandidate;
  /** The signed transaction exactly as received. */
  readonly signedTransaction: Uint8Array;
  /** A worker verifies a sponsored payment again before it signs, so it needs the whole request. */
  readonly sponsored?: {
    readonly id: string;
    /** The whole request as JSON. */
    readonly request: string;
  };
};
