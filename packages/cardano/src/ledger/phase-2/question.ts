import type { ChainOutput } from '../facts/chain-facts.js';
import type { ExecutionUnits, ProtocolParameters } from '../facts/protocol-parameters.js';
import { slotStartMs, type Timeline } from '../network/timeline.js';
import { toHex } from '../primitives/hex.js';
import type { OutRef, OutRefKey } from '../primitives/out-ref.js';
import { outRefKey } from '../primitives/out-ref.js';
import type { Transaction } from '../transaction/transaction.js';

/** A transaction whose scripts are to be run, and what its outputs hold. */
export type Phase2Input = {
  readonly transaction: Transaction;
  readonly parameters: Pick<
    ProtocolParameters,
    'protocolVersion' | 'costModels' | 'maxTransactionExecutionUnits'
  >;
  readonly timeline: Timeline;
  /** Every output that it spends or references must be there. */
  readonly outputs: ReadonlyMap<OutRefKey, ChainOutput>;
};

/** What a thread is asked about one transaction that runs scripts: plain data throughout, so that any thread can be. */
export type Phase2Question = {
  /** The transaction's bytes. */
  readonly transactionHex: string;
  /** The outputs that it spends or references. */
  readonly outputs: readonly ChainOutput[];
  readonly protocolVersion: number;
  /** Only of the languages that there are. */
  readonly costModels: ProtocolParameters['costModels'];
  /** What all its scripts may spend together at most. */
  readonly limit: ExecutionUnits;
  /** POSIX milliseconds at which its validity interval begins and ends. */
  readonly validFromMs: number | undefined;
  readonly validUntilMs: number | undefined;
};

/** Whether a transaction runs Plutus scripts: it has redeemers for them. */
export function runsPlutus({ redeemers }: Transaction): boolean {
  return redeemers.length > 0;
}

/** The question about a transaction's scripts. */
export function phase2Question({ transaction, parameters, timeline, outputs }: Phase2Input): Phase2Question {
  const { ttl, validityStart } = transaction;
  const named = [...transaction.inputs, ...transaction.referenceInputs] satisfies OutRef[];
  const keys = new Set(named.map(outRefKey));
  return {
    transactionHex: toHex(transaction.bytes),
    outputs: [...keys].flatMap((key) => outputs.get(key) ?? []),
    protocolVersion: parameters.protocolVersion.major,
    costModels: parameters.costModels,
    limit: parameters.maxTransactionExecutionUnits,
    validFromMs: validityStart === undefined ? undefined : slotStartMs(timeline, validityStart),
    validUntilMs: ttl === undefined ? undefined : slotStartMs(timeline, ttl),
  };
}
