import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ChannelTransaction,
  readChannel,
  type ValidatorSource,
} from '@x402-facilitator/cardano/channels';
import { decodeTransaction, outRefKey, timelineOf } from '@x402-facilitator/cardano/ledger';
import type { ChannelRecord } from '../channels/store.js';
import { batchesOf, idsOf, least, type Owed } from './batches.js';
import { type ClaimContext, claimOf, describe, signed, walletAfter } from './build.js';
import { eventSender, type ManagerEvent, messageOf } from './events.js';
import { type ChannelMetrics, metricsOf, noCounts } from './metrics.js';
import { readNote, writeNote } from './note.js';
import { positionOf, viewOf } from './position.js';
import { claimRequest, outcomeOf, type SentClaim } from './send.js';
import { type ChannelManagerOptions, type ClaimRules, providerOf, rulesOf } from './settings.js';
import { validatorFrom } from './validator.js';

type Tip = Awaited<ReturnType<ChannelManagerOptions['chain']['tip']>>;
type Parameters = ClaimContext['facts']['parameters'];

/** How many channels are read at once. */
const READS_AT_ONCE = 8;
/** A channel that owes nothing is looked at so often within its close period. */
const LOOKS_PER_PERIOD = 12;

/**
 * Redeems what a seller's channels owe: many in one transaction, and closed ones at once. It keeps nothing that a restart needs:
 * what is owed is in the store, what was redeemed is on the ledger.
 *
 * @example
 * const manager = new ChannelManager({ store, chain: blockfrost(network, { projectId }), facilitator,
 *   keys: await keysOf({ seedPhrase }, network), validator: { kind: 'reference', ref } });
 * manager.start();
 */
export class ChannelManager {
  readonly #options: ChannelManagerOptions;
  readonly #rules: ClaimRules;
  readonly #provider: string;
  readonly #emit: (event: ManagerEvent) => void;
  readonly #counts = noCounts();
  /** Claims whose end is not known, by transaction. */
  readonly #sent = new Map<string, SentClaim>();
  readonly #lookedAtMs = new Map<string, number>();
  #records = new Map<string, ChannelRecord>();
  #validator: ValidatorSource | undefined;
  #claimedAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #loop: { readonly stopping: AbortController; readonly ended: Promise<void> } | undefined;

  /** @throws Error for settings that cannot work. */
  constructor(options: ChannelManagerOptions) {
    const { chain, keys } = options;
    if (chain.tellsNoSpenders === true || chain.ledgerParameters === undefined)
      throw new Error('expected a reader of the chain that knows spenders and all protocol parameters');
    this.#options = options;
    this.#rules = rulesOf(options);
    this.#provider = providerOf(keys);
    this.#emit = eventSender(options.onEvent);
  }

  /** Runs now and then every `checkEveryMs`, until `stop`. */
  start(): void {
    if (this.#loop !== undefined) return;
    const stopping = new AbortController();
    this.#loop = { stopping, ended: this.#forever(stopping.signal) };
  }

  /** Resolves once nothing runs. A claim that was sent is followed by the facilitator, and found again by the next manager. */
  async stop(): Promise<void> {
    this.#loop?.stopping.abort();
    await this.#loop?.ended;
    this.#loop = undefined;
  }

  /**
   * One round: reads the channels, and claims what is due. A call during a round joins it.
   *
   * @throws Error when the store or the chain cannot be read at all.
   */
  run(): Promise<void> {
    this.#running ??= this.#round()
      .catch((error: unknown) => {
        this.#claimedAtMs = Number.NEGATIVE_INFINITY;
        throw error;
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** What is known now, for an exporter. */
  metrics(): ChannelMetrics {
    return metricsOf(this.#records.values(), this.#counts, Date.now());
  }

  async #forever(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.run().catch((error: unknown) => this.#failed([], messageOf(error)));
      await sleep(this.#rules.checkEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { chain } = this.#options;
    await Promise.all([...this.#sent.values()].map((claim) => this.#settle(claim)));
    const { hash, source } = await this.#source();
    const records: ChannelRecord[] = [];
    for await (const record of this.#options.store.list())
      if (this.#isOurs(record, hash)) records.push(record);
    this.#records = new Map(records.map((record) => [record.channelId, record]));
    const isDue = this.#isDue(records);
    const wanted = records.filter((record) => this.#isWanted(record, isDue));
    if (isDue) this.#claimedAtMs = Date.now();
    if (wanted.length === 0) return;
    const [tip, parameters] = await Promise.all([chain.tip(), this.#parameters()]);
    const owed: Owed[] = [];
    for (let at = 0; at < wanted.length; at += READS_AT_ONCE) {
      const some = wanted.slice(at, at + READS_AT_ONCE);
      const found = await Promise.all(some.map((record) => this.#look(record, tip, parameters)));
      owed.push(...found.filter((each) => each !== undefined));
    }
    const due = owed.filter(({ closedAt }) => isDue || closedAt > 0);
    if (due.length > 0)
      await this.#claim(due, {
        network: chain.network,
        facts: { parameters, timeline: timelineOf(chain.network) },
        validator: source,
        tipSlot: tip.slot,
        validForSeconds: this.#rules.validForSeconds,
        belowMinimum: this.#rules.belowMinimum,
        keys: this.#options.keys,
      });
  }

  #isOurs({ network, scriptHash, config }: ChannelRecord, hash: string): boolean {
    const { chain } = this.#options;
    return network === chain.network && scriptHash === hash && config.receiverAuthorizer === this.#provider;
  }

  #isDue(records: readonly ChannelRecord[]): boolean {
    const { intervalMs, thresholds } = this.#rules;
    if (Date.now() - this.#claimedAtMs >= intervalMs) return true;
    const owed = new Map<string, bigint>();
    for (const { config, charged, totalClaimed } of records.filter((record) => !isEnding(record)))
      owed.set(config.token, (owed.get(config.token) ?? 0n) + charged - totalClaimed);
    return Object.entries(thresholds).some(([asset, least]) => (owed.get(asset) ?? 0n) >= least);
  }

  /** A claim needs what is owed; a close must be seen well inside its period. */
  #isWanted(record: ChannelRecord, isDue: boolean): boolean {
    const { channelId, charged, totalClaimed, withdrawRequestedAt, config } = record;
    const everyMs = (config.withdrawDelay * 1000) / LOOKS_PER_PERIOD;
    const isOld = Date.now() - (this.#lookedAtMs.get(channelId) ?? 0) >= everyMs;
    return isOld || (charged > totalClaimed && (isDue || withdrawRequestedAt > 0));
  }

  /** Reads one channel and writes down what the ledger shows. A failure is this channel's alone. */
  async #look(record: ChannelRecord, tip: Tip, parameters: Parameters): Promise<Owed | undefined> {
    const { channelId } = record;
    try {
      const owed = await this.#lookAt(record, tip, parameters);
      this.#lookedAtMs.set(channelId, Date.now());
      return owed;
    } catch (error) {
      this.#failed([channelId], `channel ${channelId}: ${messageOf(error)}`);
      return undefined;
    }
  }

  async #lookAt(record: ChannelRecord, tip: Tip, parameters: Parameters): Promise<Owed | undefined> {
    const { store, chain } = this.#options;
    const { channelId, config } = record;
    const note = readNote(record.note);
    const position = await positionOf(record, note?.anchor ?? record.channelRef, chain, tip.height);
    if (position.kind === 'absent') throw new Error('it is not on the ledger now');
    if (position.kind === 'ended') {
      if (position.isFinal && (await store.remove(channelId, record.charged))) {
        if (note?.isClosed !== true) this.#counts.closes += 1;
        this.#records.delete(channelId);
        this.#lookedAtMs.delete(channelId);
        const unclaimed = isRefunded(record) ? 0n : record.charged - record.totalClaimed;
        this.#emit({ kind: 'ended', channelId, unclaimed });
      }
      return undefined;
    }
    const view = viewOf(position, parameters);
    const { closedAt, total, output } = position;
    const capacity = BigInt(note?.capacity ?? 0);
    const text = writeNote({
      anchor: position.anchor,
      capacity: `${view.balance > capacity ? view.balance : capacity}`,
      isClosed: closedAt > 0,
    });
    const after = await store.observe(channelId, view, text);
    if (view.balance > capacity) this.#counts.deposits += 1;
    if (closedAt > 0 && note?.isClosed !== true) this.#counts.closes += 1;
    if (after === undefined) return undefined;
    this.#records.set(channelId, after);
    if (after.iou === undefined || position.channel.datum.stage.kind === 'settled') return undefined;
    if (closedAt === 0 && isBeingRefunded(after)) return undefined;
    // What was charged while the channel was read counts too.
    const most = least(least(after.charged, after.iou.amount), view.balance);
    if (most <= total) return undefined;
    return {
      channelId,
      receiver: config.receiver,
      position,
      claimed: { channel: output, iou: after.iou, total: most },
      amount: most - total,
      closedAt,
      closePeriodSeconds: config.withdrawDelay,
    };
  }

  async #claim(owed: readonly Owed[], context: ClaimContext): Promise<void> {
    const { chain, keys } = this.#options;
    const sent = [...this.#sent.values()];
    const isBusy = new Set(sent.flatMap(({ owed: held }) => held.map(({ channelId }) => channelId)));
    const isHeld = new Set(sent.flatMap(({ spent }) => [...spent]));
    const unspent = await chain.unspentOutputs(keys.address);
    let wallet = unspent.filter(({ outRef }) => !isHeld.has(outRefKey(outRef)));
    const batches = batchesOf(
      owed.filter(({ channelId }) => !isBusy.has(channelId)),
      this.#rules.channelsPerClaim,
    );
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const built = claimOf(context, batch, wallet);
      if (built.ok) {
        const claim = await this.#signed(batch, built.value);
        this.#sent.set(built.value.id, claim);
        const isIn = await this.#settle(claim);
        const after = walletAfter(wallet, built.value, claim.spent, keys.address);
        wallet = isIn ? [...after] : wallet.filter(({ outRef }) => !claim.spent.has(outRefKey(outRef)));
        continue;
      }
      const { kind } = built.error;
      if (kind === 'belowMinimum' && built.error.output === 'payout') continue;
      const isOfOne = kind === 'tooLittle' || kind === 'collateral' || kind === 'input';
      if (batch.length > 1 && !isOfOne) {
        const half = Math.ceil(batch.length / 2);
        batches.unshift(batch.slice(0, half), batch.slice(half));
      } else this.#failed(idsOf(batch), describe(built.error));
    }
  }

  async #signed(owed: readonly Owed[], transaction: ChannelTransaction): Promise<SentClaim> {
    const bytes = await signed(transaction, this.#options.keys);
    const decoded = decodeTransaction(bytes);
    if (!decoded.ok) throw new Error(`the signed claim does not decode: ${decoded.error}`);
    const { inputs, ttl } = decoded.value;
    if (ttl === undefined) throw new Error('expected a claim with a TTL, found none');
    const spent = new Set<string>(inputs.map(outRefKey));
    return { owed, transaction, spent, ttl, ...claimRequest(this.#options.chain.network, owed, bytes) };
  }

  /** Sends a claim, or asks again about one, and writes down what it came to. `true` once it is in a block. */
  async #settle(claim: SentClaim): Promise<boolean> {
    const { transaction, owed } = claim;
    const { outcome, message } = await outcomeOf(this.#options, claim);
    if (outcome === 'pending') return false;
    this.#counts.claims[outcome] += 1;
    this.#sent.delete(transaction.id);
    if (outcome !== 'confirmed') {
      // The next round reads the channels again, and claims at once what is still owed.
      this.#claimedAtMs = Number.NEGATIVE_INFINITY;
      this.#failed(idsOf(owed), `claim ${transaction.id} was ${outcome}: ${message}`);
      return false;
    }
    try {
      await this.#record(claim);
    } catch (error) {
      this.#failed(
        idsOf(owed),
        `claim ${transaction.id} is in, and is not written down: ${messageOf(error)}`,
      );
    }
    this.#emit({ kind: 'claimed', txHash: transaction.id, channels: idsOf(owed) });
    return true;
  }

  async #record({ owed, transaction }: SentClaim): Promise<void> {
    const parameters = await this.#parameters();
    for (const { channelId, position, claimed, closedAt } of owed) {
      const output = transaction.channels.find((each) => each.channelId === channelId)?.output;
      const channel = output && readChannel(output, position.channel.datum.ownHash);
      if (channel?.ok !== true) throw new Error(`the claim leaves no channel ${channelId}`);
      const view = viewOf({ channel: channel.value, total: claimed.total, closedAt }, parameters);
      const after = await this.#options.store.observe(channelId, view);
      if (after !== undefined) this.#records.set(channelId, after);
    }
  }

  async #parameters(): Promise<Parameters> {
    const { chain } = this.#options;
    if (chain.ledgerParameters === undefined) throw new Error('expected a reader of all protocol parameters');
    return chain.ledgerParameters();
  }

  async #source(): Promise<{ readonly hash: string; readonly source: ValidatorSource }> {
    this.#validator ??= await validatorFrom(this.#options);
    const source = this.#validator;
    const script = source.kind === 'witness' ? source.script : source.output.referenceScript;
    return { hash: script?.hash ?? '', source };
  }

  #failed(channels: readonly string[], message: string): void {
    this.#emit({ kind: 'failed', channels, message });
  }
}

const isRefunded = ({ refund }: ChannelRecord) => refund?.settlement !== undefined;

/** A claim would take the channel from under the refund, which pays the same. */
const isBeingRefunded = ({ refund }: ChannelRecord) => refund !== undefined && refund.untilMs > Date.now();

const isEnding = (record: ChannelRecord) => isRefunded(record) || isBeingRefunded(record);
