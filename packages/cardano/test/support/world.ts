import {
  type AssetFact,
  type AssetId,
  blake2b256,
  type ChainAsset,
  type ChainOutput,
  isTxHash,
  lovelace,
  type Network,
  type NetworkFacts,
  networkIdOf,
  type OutputFact,
  type OutRef,
  type OutRefKey,
  outRefKey,
  type PaymentRequest,
  type ReferenceScript,
  type SponsorshipFact,
  SUPPORTED_SCHEMES,
  type TxHash,
  toHex,
  type Verdict,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import type {
  OutputsCheckFacts,
  OutputsStep,
  ReservedInput,
  SponsoredInput,
  TransactionCheckFacts,
  TransactionStep,
} from './internals.js';
import { PREVIEW } from './network.js';
import type { Wallet } from './wallet.js';

/** What an output is to hold besides its address. */
export type Funds = {
  readonly lovelace: bigint;
  readonly assets?: readonly (readonly [AssetId, bigint])[];
  readonly referenceScript?: ReferenceScript;
};

/** A ledger on which payments are made: in memory here, the devnet behind the HTTP API elsewhere. */
export interface World {
  readonly network: Network;
  readonly facts: NetworkFacts;
  /** POSIX milliseconds. */
  readonly nowMs: number;
  /** Makes an unspent output at an address, or at a wallet's. */
  fund(owner: Wallet | string, funds: Funds): Promise<ChainOutput>;
  /** Lets another transaction spend an output. */
  spend(output: ChainOutput): Promise<void>;
  /** Makes looking up an output fail. */
  hide(ref: OutRef): Promise<void>;
  /** Lets another payment in flight hold an output. */
  reserve(ref: OutRef): Promise<void>;
  /** Lets another transaction have paid these Masumi terms. */
  bindTerms(termsDigest: string): Promise<void>;
  /** Makes looking up an asset fail. */
  hideAsset(asset: AssetId): Promise<void>;
}

export const POLICY: VerificationPolicy = {
  networks: new Set<Network>(['cardano:preview']),
  graceBufferSeconds: 30,
  maxTimeoutSeconds: 3600,
  feeMinLovelace: 150_000n,
  feeMaxLovelace: 5_000_000n,
  maxInputs: 256,
  ledger: 'full',
  acceptMempool: false,
};

/** A transaction id for tests, from a name. */
export function txHash(name: string): TxHash {
  const hash = toHex(blake2b256(Buffer.from(name)));
  if (!isTxHash(hash)) throw new Error('blake2b-256 gives 32 bytes');
  return hash;
}

/** A world whose facilitator sponsors fees. */
export interface SponsoringWorld extends World {
  /** Reserves one of the facilitator's outputs; the id that its payer must name. */
  lend(input: SponsoredInput): Promise<string>;
}

/** The id of the one reservation of a world in memory. */
export const SPONSORSHIP_ID = '5c'.repeat(16);

/** A world in memory, judged by the pure library. */
export class MemoryWorld implements SponsoringWorld {
  readonly network: Network;
  readonly facts: NetworkFacts;
  readonly nowMs: number;
  readonly #outputs = new Map<OutRefKey, OutputFact>();
  readonly #assets = new Map<AssetId, AssetFact>();
  readonly #boundTerms = new Map<string, TxHash>();
  readonly #sponsorships = new Map<string, SponsorshipFact>();
  #reserved: ReservedInput | undefined;

  constructor(options: { network?: Network; facts?: NetworkFacts; nowMs?: number } = {}) {
    this.network = options.network ?? 'cardano:preview';
    this.facts = options.facts ?? PREVIEW;
    this.nowMs = options.nowMs ?? Date.UTC(2026, 0, 1, 12);
  }

  async fund(
    owner: Wallet | string,
    { lovelace: amount, assets = [], referenceScript }: Funds,
  ): Promise<ChainOutput> {
    const output: ChainOutput = {
      outRef: { txHash: txHash(`funding ${this.#outputs.size}`), index: this.#outputs.size },
      address: typeof owner === 'string' ? owner : owner.address(networkIdOf(this.network)),
      lovelace: lovelace(amount),
      assets: new Map(assets),
      ...(referenceScript === undefined ? {} : { referenceScript }),
    };
    this.#outputs.set(outRefKey(output.outRef), { status: 'unspent', output });
    return output;
  }

  async spend(output: ChainOutput): Promise<void> {
    this.#outputs.set(outRefKey(output.outRef), {
      status: 'spent',
      output,
      by: txHash('another transaction'),
    });
  }

  async hide(ref: OutRef): Promise<void> {
    this.#outputs.set(outRefKey(ref), { status: 'unknown', reason: 'the provider timed out' });
  }

  async reserve(ref: OutRef): Promise<void> {
    this.#reserved = { input: outRefKey(ref), heldBy: txHash('another payment') };
  }

  async bindTerms(termsDigest: string): Promise<void> {
    this.#boundTerms.set(termsDigest, txHash('another payment'));
  }

  async hideAsset(asset: AssetId): Promise<void> {
    this.#assets.set(asset, { status: 'unknown', reason: 'the provider timed out' });
  }

  /** Lets the facilitator say this of the reservation. */
  pretend(fact: SponsorshipFact): void {
    this.#sponsorships.set(SPONSORSHIP_ID, fact);
  }

  async lend(input: SponsoredInput): Promise<string> {
    this.pretend({ kind: 'reserved', input });
    return SPONSORSHIP_ID;
  }

  /** Puts an asset on the chain. */
  mint(asset: AssetId, minted: ChainAsset): void {
    this.#assets.set(asset, { status: 'found', asset: minted });
  }

  /** What the chain says of an output: one that this world never made is missing. */
  factOf(ref: OutRef): OutputFact {
    return this.#outputs.get(outRefKey(ref)) ?? { status: 'missing' };
  }

  /** What is known here about a transaction before the chain is asked about its outputs. */
  knownAbout({ termsDigest, sponsorshipId = '' }: TransactionStep): TransactionCheckFacts {
    const termsBoundTo = termsDigest === undefined ? undefined : this.#boundTerms.get(termsDigest);
    return { nowMs: this.nowMs, termsBoundTo, sponsorship: this.#sponsorships.get(sponsorshipId) };
  }

  /** What the chain says about a payment's outputs. */
  factsFor({ needs }: OutputsStep): OutputsCheckFacts {
    return {
      outputs: new Map(needs.outputs.map((ref) => [outRefKey(ref), this.factOf(ref)] as const)),
      asset: needs.asset === undefined ? undefined : this.#assetFact(needs.asset),
      reservedInput: this.#reserved,
      nowMs: this.nowMs,
    };
  }

  /** The verdict of all steps. */
  verify(request: PaymentRequest, overrides: Partial<VerificationPolicy> = {}): Verdict {
    const read = SUPPORTED_SCHEMES.read(request, { ...POLICY, ...overrides });
    if (!read.ok) return read;
    if (read.value.kind === 'commitment') throw new Error('nothing is followed here');
    const transaction = read.value.decode(this.facts);
    if (!transaction.ok) return transaction;
    const checked = transaction.value.check(this.knownAbout(transaction.value));
    if (!checked.ok) return checked;
    if (checked.value.kind === 'broadcast') throw new Error('nothing was broadcast here');
    const ledger = checked.value.check(this.factsFor(checked.value));
    return ledger.ok ? ledger.value.judge() : ledger;
  }

  #assetFact(asset: AssetId): AssetFact {
    return this.#assets.get(asset) ?? { status: 'missing' };
  }
}

/** What a verdict says, as conformance tables compare it: a code with its message, or "verified". */
export function saidBy(verdict: Verdict): string {
  return verdict.ok ? 'verified' : `${verdict.error.code}: ${verdict.error.message}`;
}
