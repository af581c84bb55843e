import type { ShelleyAddress } from '../../../../ledger/address/index.js';
import type { MasumiDeployment } from '../../../policy.js';
import type { CommitmentPart, InputCommitment } from './commitment.js';

/** What the seller signs of an escrow, read from `extra.terms`. */
export type MasumiTerms = {
  /** The object exactly as received: absent, null and empty fields mean the same and are signed differently. */
  readonly asSigned: Readonly<Record<string, unknown>>;
  readonly seller: ShelleyAddress;
  readonly sellerReturn: ShelleyAddress | undefined;
  /** 32 bytes, lowercase hex. */
  readonly sellerNonce: string;
  /** Lowercase hex, empty or 7 to 13 bytes. */
  readonly buyerNonce: string;
  /** Lowercase hex; empty for a seller without a registration. */
  readonly agentIdentifier: string;
  /** 32 bytes, lowercase hex. */
  readonly inputHash: string;
  /** The deadlines, in POSIX milliseconds. */
  readonly payByTime: bigint;
  readonly submitResultTime: bigint;
  readonly unlockTime: bigint;
  readonly externalDisputeUnlockTime: bigint;
};

/** `paymentRequirements.extra` of a Masumi payment, its form checked and nothing else. */
export type MasumiExtra = {
  readonly inputCommitment: InputCommitment;
  readonly terms: MasumiTerms;
  /** The seller's COSE_Key, lowercase hex. */
  readonly referenceKey: string;
  /** The seller's COSE_Sign1, lowercase hex. */
  readonly referenceSignature: string;
  /** Lowercase hex of an LZString. */
  readonly blockchainIdentifier: string;
  /** Absent for the network's canonical deployment. */
  readonly deployment: MasumiDeployment | undefined;
};

export type { CommitmentPart, InputCommitment };
