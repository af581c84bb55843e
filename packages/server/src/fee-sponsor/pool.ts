import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ChainOutput,
  minAdaOfPayment,
  outRefKey,
  type ProtocolParameters,
  parseAssetId,
  parseShelleyAddress,
  type ShelleyAddress,
  type TxHash,
} from '@x402-facilitator/cardano';
import type { FeeSponsorOffer } from '@x402-facilitator/cardano/fee-sponsor';
import type { FeeSponsorOptions } from './settings.js';

/** A signature for one transaction, and how long its output is kept for that. */
export type Binding = {
  readonly txHash: TxHash;
  readonly input: string;
  /** CBOR hex of the witness set. */
  readonly witness: string;
  /** POSIX milliseconds. */
  readonly untilMs: number;
  /** Whether the signature has left: then the transaction may land, whatever becomes of the request. */
  isGiven: boolean;
};

type Listed = {
  readonly parameters: ProtocolParameters;
  readonly outputs: readonly Pick<ChainOutput, 'outRef' | 'lovelace'>[];
};

const MAX_FEE = 300_000n;
const MOST_LOVELACE = 5_000_000n;
const REFRESH_MS = 20_000;
/** A 402 waits for the chain no longer than this. */
const WAIT_MS = 2_000;
/** How much later than its TTL a payment counts as impossible: the chain is seen late. */
const SEEN_LATE_MS = 600_000;

/** The sponsor's outputs: which are offered next, and which transaction each was signed for. */
export class SponsorPool {
  readonly address: ShelleyAddress;
  readonly maxFeeLovelace: bigint;
  readonly #options: FeeSponsorOptions;
  readonly #bound = new Map<string, Binding>();
  readonly #byTransaction = new Map<TxHash, Binding>();
  readonly #offeredAt = new Map<string, number>();
  #listed: Listed | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #turn = 0;

  /** @throws Error for an address that no key guards, or a chain that says no parameters. */
  constructor(options: FeeSponsorOptions) {
    const address = parseShelleyAddress(options.keys.address);
    if (!address.ok || address.value.payment.kind !== 'key')
      throw new Error(`expected the sponsor's address to be guarded by a key, found ${options.keys.address}`);
    if (options.chain.ledgerParameters === undefined)
      throw new Error('expected a chain that says all protocol parameters, found one that does not');
    this.address = address.value;
    this.maxFeeLovelace = options.maxFeeLovelace ?? MAX_FEE;
    this.#options = options;
  }

  nowMs(): number {
    return (this.#options.clock ?? Date.now)();
  }

  /** `undefined` while the chain has never answered. */
  async parameters(): Promise<ProtocolParameters | undefined> {
    await this.#refresh();
    return this.#listed?.parameters;
  }

  /** The output that was not offered for longest, among those that can pay; `undefined`: there is none. */
  async offer(payment: {
    readonly payTo: ShelleyAddress;
    readonly asset: string;
    readonly amount: bigint;
    readonly maxTimeoutSeconds: number;
  }): Promise<FeeSponsorOffer | undefined> {
    await this.#refresh();
    const asset = parseAssetId(payment.asset);
    const listed = this.#listed;
    if (listed === undefined || asset === undefined) return undefined;
    const { coinsPerUtxoByte } = listed.parameters;
    const { payTo, amount } = payment;
    const least = minAdaOfPayment({ payTo, asset, amount, coinsPerUtxoByte }) + this.maxFeeLovelace;
    const lastOffer = ({ outRef }: (typeof listed.outputs)[number]) =>
      this.#offeredAt.get(outRefKey(outRef)) ?? 0;
    const [chosen] = listed.outputs
      .filter(({ outRef, lovelace }) => lovelace >= least && this.#holderOf(outRefKey(outRef)) === undefined)
      .toSorted((a, b) => lastOffer(a) - lastOffer(b));
    if (chosen === undefined) return undefined;
    this.#turn += 1;
    this.#offeredAt.set(outRefKey(chosen.outRef), this.#turn);
    return {
      input: chosen.outRef,
      address: this.address,
      lovelace: chosen.lovelace,
      maxFeeLovelace: this.maxFeeLovelace,
      expiresAtMs: this.nowMs() + payment.maxTimeoutSeconds * 1000,
    };
  }

  isBound(txHash: TxHash): boolean {
    return this.#byTransaction.has(txHash);
  }

  /** The signature for a transaction, to be given away. */
  take(txHash: TxHash): string | undefined {
    const binding = this.#byTransaction.get(txHash);
    if (binding !== undefined) binding.isGiven = true;
    return binding?.witness;
  }

  /** Gives an output to one transaction. `false`: another one has it. */
  bind(binding: Pick<Binding, 'txHash' | 'input' | 'witness'>, endsAtMs: number): boolean {
    const holder = this.#holderOf(binding.input);
    if (holder !== undefined && holder.txHash !== binding.txHash) return false;
    const kept = { ...binding, untilMs: endsAtMs + SEEN_LATE_MS, isGiven: false };
    this.#bound.set(binding.input, kept);
    this.#byTransaction.set(binding.txHash, kept);
    return true;
  }

  /** Lets another transaction have the output, unless the signature was given away: without it this one cannot land. */
  release(txHash: TxHash): void {
    const binding = this.#byTransaction.get(txHash);
    if (binding?.isGiven === false) this.#forget(binding);
  }

  #forget({ txHash, input }: Binding): void {
    this.#byTransaction.delete(txHash);
    this.#bound.delete(input);
  }

  #holderOf(input: string): Binding | undefined {
    const binding = this.#bound.get(input);
    if (binding === undefined || binding.untilMs > this.nowMs()) return binding;
    this.#forget(binding);
    return undefined;
  }

  /** Reads the outputs and parameters, if they are old. What was known stays where the chain does not answer in time. */
  async #refresh(): Promise<void> {
    const { refreshMs = REFRESH_MS, onError } = this.#options;
    const isOld = this.nowMs() - this.#askedAtMs >= refreshMs;
    if (isOld && this.#reading === undefined) {
      this.#askedAtMs = this.nowMs();
      this.#reading = this.#read()
        .catch((error: unknown) => onError?.(error))
        .finally(() => {
          this.#reading = undefined;
        });
    } else if (this.#listed !== undefined) return;
    await Promise.race([this.#reading, sleep(WAIT_MS, undefined, { ref: false })]);
  }

  async #read(): Promise<void> {
    const { chain, mostLovelace = MOST_LOVELACE } = this.#options;
    const [unspent, parameters] = await Promise.all([
      chain.unspentOutputs(this.address.text),
      chain.ledgerParameters?.(),
    ]);
    if (parameters === undefined) return;
    const outputs = unspent.filter(
      ({ assets, lovelace, inlineDatum }) =>
        assets.size === 0 && lovelace <= mostLovelace && inlineDatum === undefined,
    );
    const known = new Set(outputs.map(({ outRef }) => outRefKey(outRef) as string));
    for (const input of this.#offeredAt.keys()) if (!known.has(input)) this.#offeredAt.delete(input);
    for (const input of [...this.#bound.keys()]) this.#holderOf(input);
    this.#listed = { parameters, outputs };
  }
}
