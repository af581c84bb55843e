import {
  type AcceptedPayment,
  err,
  ok,
  outRefKey,
  parseOutRef,
  type Refusal,
  type Result,
  type Scheme,
  type SchemeRegistry,
  slotStartMs,
  type TxHash,
} from '@x402-facilitator/cardano';
import { ChainProviderError } from '@x402-facilitator/chain';
import {
  type ClaimOutcome,
  isDone,
  JournalUnavailableError,
  MAX_RESOURCE_CHARACTERS,
  type Pause,
  type Settlement,
  type SettlementClaim,
  SettlementNotReplicatedError,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { bindingOf, type PaymentRequestBody } from '@x402-facilitator/shared/wire';
import { outcomeOf } from './describe-settlement.js';
import type { Log } from './log.js';
import type { PaymentObserver } from './payment-observer.js';
import type { ServedNetwork, ServedNetworks } from './served-networks.js';
import {
  answerCannotAccept,
  answerDead,
  answerDuplicate,
  answerNotReplicated,
  answerPaused,
  answerPending,
  answerRefused,
  answerSettled,
  answerSettledBeforeClaim,
  answerTaken,
  answerUnreadable,
  type SettleAnswer,
} from './settle-answers.js';
import { SettlementUnreadableError } from './settlement-unreadable.js';
import { sponsoredRequestOf } from './sponsored-request.js';
import type { Sponsoring } from './sponsoring.js';
import type { WaitForSettlement } from './wait-for-settlement.js';

export type SettlePayment = (
  request: PaymentRequestBody,
  options: {
    /** How long the caller is willing to wait. 0 answers at once after the claim. */
    readonly waitMs: number;
    /** Names the caller's operation: the same key collects the same success again. */
    readonly idempotencyKey?: string | undefined;
    /** W3C trace context of the request; travels with the settlement. */
    readonly traceparent?: string | undefined;
    /** Fires when the caller is gone: nothing may be delivered to it any more. */
    readonly hungUp: AbortSignal;
    /** Called when the settlement is accepted and the answer begins to wait for its outcome. */
    readonly onWait?: (() => void) | undefined;
    readonly log: Log;
  },
) => Promise<SettleAnswer>;

type Options = Parameters<SettlePayment>[1];

/**
 * `POST /settle`: a verdict on fresh facts, one atomic claim, a job for the workers, and a limited wait for the
 * outcome. The claim is the outbox: once it is made, no later failure loses the settlement.
 */
export function createSettlePayment(dependencies: {
  readonly schemes: SchemeRegistry;
  readonly networks: Pick<ServedNetworks, 'of' | 'verify'>;
  /** Unset: no fees are sponsored. */
  readonly sponsoring: Pick<Sponsoring, 'lookUp' | 'bind' | 'unbind'> | undefined;
  /** Counts the verdicts, and traces the work on them. */
  readonly observer: Pick<PaymentObserver, 'judged' | 'aroundClaim' | 'aroundEnqueue'>;
  readonly wait: WaitForSettlement;
  readonly redemption: Config['settle']['redemption'];
  /** Fires when the process stops, so that open waits are answered. */
  readonly stopping: AbortSignal;
}): SettlePayment {
  const { schemes, networks, sponsoring, observer, wait, redemption, stopping } = dependencies;

  const refused = (request: PaymentRequestBody, refusal: Refusal) =>
    answerRefused(request, refusal, schemes.isRetryable(refusal.code));

  return async (request, options) => {
    try {
      return await settle(request, options);
    } catch (error) {
      if (error instanceof SettlementPausedError) return answerPaused(request, error.pause);
      if (error instanceof SettlementUnreadableError) return answerUnreadable(request, error);
      if (error instanceof SettlementNotReplicatedError) {
        options.log.warn({ error, transaction: error.settlement.txHash }, 'too few replicas acknowledged');
        return answerNotReplicated(error);
      }
      const reason = reasonOf(error, schemes.of(request.paymentRequirements.scheme));
      if (reason === undefined) throw error;
      options.log.warn({ error }, 'settlement cannot be accepted now');
      return answerCannotAccept(request, reason.code, reason.message);
    }
  };

  async function settle(request: PaymentRequestBody, options: Options): Promise<SettleAnswer> {
    const binding = bindingOf(request);
    const { verdict, settlement } = await networks.verify(request, {
      fresh: true,
      lookUpInFlight: async (network, ...asked) => {
        const served = networks.of(network);
        // Before the chain is asked, and in one round trip.
        const [found, pause] = await Promise.all([
          served.journal.inFlight(network, ...asked),
          served.pause.read(),
        ]);
        if (!found.ok) throw new SettlementUnreadableError(found.error);
        const redeemable =
          found.value.settlement === undefined ? await findRedeemable(request, served, asked[0]) : undefined;
        const inFlight = { ...found.value, ...(redeemable === undefined ? {} : { redeemable }) };
        // A settlement that was accepted earlier is still followed during a pause.
        if (pause !== undefined && inFlight.settlement === undefined) throw new SettlementPausedError(pause);
        return inFlight;
      },
      lookUpSponsorship: sponsoring?.lookUp,
    });
    observer.judged(request, verdict.ok ? undefined : verdict.error.code);
    if (settlement !== undefined && settlement.binding !== binding) return answerTaken(settlement);
    if (!verdict.ok) return refused(request, verdict.error);
    if (settlement !== undefined) return follow(settlement, options);

    const payment = verdict.value;
    const claim = await claimOf(payment, request, binding, options.traceparent);
    const bound = await bindReservation(payment, request, claim.expiresAtMs);
    if (!bound.ok) return refused(request, bound.error);
    const { journal } = networks.of(claim.network);
    const claimed = await observer.aroundClaim(claim, () => journal.claim(claim));
    // The payer's next attempt can use the reservation at once.
    if (claimed.kind !== 'claimed' && claimed.kind !== 'joined') await sponsoring?.unbind(payment);
    return afterClaim(claimed, request, payment, options);
  }

  async function claimOf(
    payment: AcceptedPayment,
    request: PaymentRequestBody,
    binding: string,
    traceparent: string | undefined,
  ): Promise<SettlementClaim> {
    const { network, txHash, kind, scheme, payer, payTo, asset, amount, inputs, ttl, method } = payment;
    const { requiredConfirmations, bytes, hasScripts, termsDigest, sponsorship } = payment;
    const { resource } = request.paymentPayload;
    const recorded = sponsorship && sponsoredRequestOf(request);
    const { timeline } = await networks.of(network).chain.facts.get();
    const isRecorded = resource !== undefined && resource.url.length <= MAX_RESOURCE_CHARACTERS;
    return {
      network,
      txHash,
      kind,
      scheme,
      binding,
      payer,
      payTo,
      asset,
      amount,
      requiredConfirmations,
      inputs,
      ttl,
      method,
      expiresAtMs: slotStartMs(timeline, ttl),
      signedTransaction: bytes,
      hasScripts,
      ...(isRecorded ? { resource: resource.url } : {}),
      ...(termsDigest === undefined ? {} : { termsDigest }),
      ...(sponsorship === undefined || recorded === undefined
        ? {}
        : { sponsored: { id: sponsorship.id, request: recorded } }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
  }

  /** Gives a sponsored payment its reservation, or says why it cannot have it. */
  async function bindReservation(
    payment: AcceptedPayment,
    request: PaymentRequestBody,
    expiresAtMs: number,
  ): Promise<Result<undefined, Refusal>> {
    if (payment.sponsorship === undefined || sponsoring === undefined) return ok(undefined);
    if (sponsoredRequestOf(request) !== undefined) return sponsoring.bind(payment, expiresAtMs);
    return err({
      code: schemes.of(payment.scheme).codes.malformedRequest,
      message: 'paymentRequirements: larger than a sponsored payment may be',
      payer: payment.payer,
    });
  }

  async function afterClaim(
    outcome: ClaimOutcome,
    request: PaymentRequestBody,
    payment: AcceptedPayment,
    options: Options,
  ): Promise<SettleAnswer> {
    switch (outcome.kind) {
      case 'unreadable':
        throw new SettlementUnreadableError(outcome.record);
      case 'claimed':
        await enqueue(outcome.settlement, options.log);
        return follow(outcome.settlement, options);
      case 'joined':
        return follow(outcome.settlement, options);
      case 'bound-elsewhere':
        return answerTaken(outcome.settlement);
      case 'paused':
        return answerPaused(request, outcome.pause);
      case 'terms-bound':
        return refused(request, {
          code: 'duplicate_settlement',
          message: `the seller's terms are bound to transaction ${outcome.boundTo}`,
          payer: payment.payer,
        });
      case 'input-reserved':
        return refused(request, {
          code: schemes.of(payment.scheme).codes.inputReserved,
          message: `input ${outcome.input} is held by transaction ${outcome.heldBy}`,
          payer: payment.payer,
        });
    }
  }

  /** If this fails the claim still stands: the sweeper enqueues settlements without a job. */
  async function enqueue({ network, txHash, traceparent }: Settlement, log: Log): Promise<void> {
    try {
      const job = { network, txHash, ...(traceparent === undefined ? {} : { traceparent }) };
      await observer.aroundEnqueue(job, (traced) => networks.of(network).queue.enqueue(traced));
    } catch (error) {
      log.warn({ error, network, transaction: txHash }, 'claimed, but not enqueued: left to the sweeper');
    }
  }

  async function follow(settlement: Settlement, options: Options): Promise<SettleAnswer> {
    const deadlineMs = performance.now() + options.waitMs;
    const signals = [stopping, options.hungUp];
    let latest = settlement;
    let rolledBackRevision: number | undefined;
    if (options.waitMs > 0 && !isDone(settlement)) options.onWait?.();
    for (;;) {
      const timeoutMs = deadlineMs - performance.now();
      latest = await wait({
        settlement: latest,
        isDone: (it) => isDone(it) && it.revision !== rolledBackRevision,
        mayBeDone: isDone,
        timeoutMs,
        signals,
      });
      const outcome = outcomeOf(latest);
      if (outcome === 'pending') return answerPending(latest);
      if (outcome === 'failed' || outcome === 'expired') return answerDead(latest);
      const answer = await collect(latest, options);
      if (answer !== undefined) return answer;
      // A rollback took the confirmation back in between, so it is pending again.
      if (timeoutMs <= 0 || signals.some(({ aborted }) => aborted)) return answerPending(latest);
      rolledBackRevision = latest.revision;
    }
  }

  /**
   * A payment comes into a block after its claim. If the block is older, an earlier claim was lost together with what
   * became of it, so the success may have been handed out.
   */
  async function isOlderThanItsClaim(settlement: Settlement): Promise<boolean> {
    const { network, block, queuedAtMs, deliveredAtMs, redeemedAtMs } = settlement;
    if (block === undefined || deliveredAtMs !== undefined || redeemedAtMs !== undefined) return false;
    const { timeline } = await networks.of(network).chain.facts.get();
    return slotStartMs(timeline, block.slot) < queuedAtMs - CLOCK_TOLERANCE_MS;
  }

  /** An operator may have given its word before the payment was claimed again. */
  async function redeemAsAnnounced({ network, txHash }: Settlement): Promise<boolean> {
    const { journal } = networks.of(network);
    const reason = await journal.readRedemption(network, txHash);
    return reason !== undefined && (await journal.redeem(network, txHash, reason)).kind === 'redeemed';
  }

  /** Delivers the success, once; undefined when a rollback has taken it back. */
  async function collect(settlement: Settlement, options: Options): Promise<SettleAnswer | undefined> {
    const { network, txHash } = settlement;
    // The caller is gone. The success stays available for its next attempt.
    if (options.hungUp.aborted) return answerPending(settlement);
    try {
      if ((await isOlderThanItsClaim(settlement)) && !(await redeemAsAnnounced(settlement))) {
        options.log.warn(
          { network, transaction: txHash },
          'in a block that is older than its claim: not delivered',
        );
        return answerSettledBeforeClaim(settlement, schemes.of(settlement.scheme).codes.settledBeforeClaim);
      }
      const { journal } = networks.of(network);
      const delivery = await journal.deliver(network, txHash, options.idempotencyKey);
      if (delivery === undefined) return undefined;
      if (delivery.kind === 'unreadable') throw new SettlementUnreadableError(delivery.record);
      const { redeemedAtMs, redeemedBecause } = delivery.settlement;
      if (delivery.kind === 'delivered' && redeemedAtMs !== undefined)
        options.log.warn(
          { network, transaction: txHash, metadata: { redeemedAtMs, redeemedBecause } },
          "delivered on an operator's word",
        );
      return delivery.kind === 'delivered' || redemption === 'resume'
        ? answerSettled(delivery.settlement)
        : answerDuplicate(delivery.settlement);
    } catch (error) {
      if (error instanceof ChainProviderError) return answerPending(settlement);
      const isReplicated = !(error instanceof SettlementNotReplicatedError);
      if (!(error instanceof JournalUnavailableError && isReplicated)) throw error;
      options.log.warn(
        { error, network, transaction: txHash },
        'confirmed, but the delivery cannot be recorded yet',
      );
      return answerPending(settlement);
    }
  }
}

/**
 * A payment that an operator wants to be redeemed, if a block holds it. Its inputs are spent and its reservation is
 * forgotten, so only its terms are judged.
 */
async function findRedeemable(
  { paymentPayload }: PaymentRequestBody,
  { network, journal, chain }: Pick<ServedNetwork, 'network' | 'journal' | 'chain'>,
  txHash: TxHash,
): Promise<{ readonly payer: string } | undefined> {
  if ((await journal.readRedemption(network, txHash)) === undefined) return undefined;
  const evidence = await chain.polling.getTransaction(txHash);
  const nonce = parseOutRef(String(paymentPayload.payload.nonce));
  if (evidence?.validContract !== true || nonce === undefined) return undefined;
  const fact = (await chain.readOutputs([nonce], { fresh: true })).get(outRefKey(nonce));
  return fact !== undefined && 'output' in fact ? { payer: fact.output.address } : undefined;
}

/**
 * How much earlier than its claim a block may begin and still hold a fresh payment: by so much our clock may be fast.
 *
 * Too small, a fast clock withholds fresh successes until an operator redeems them; nothing is lost. Too large, a success
 * that was handed out before the journal was lost could be had again: then it would have to be in a block, delivered, lost
 * and claimed anew within this time. Clocks that follow NTP are off by far less, and slots follow the same time.
 */
const CLOCK_TOLERANCE_MS = 10_000;

/** Ends a verification that cannot lead to a claim. */
class SettlementPausedError extends Error {
  override readonly name = 'SettlementPausedError';
  readonly pause: Pause;

  constructor(pause: Pause) {
    super('new settlements are paused');
    this.pause = pause;
  }
}

/** Which dependency is away when settlement cannot be accepted; undefined for any other error. */
function reasonOf(
  error: unknown,
  { codes }: Scheme,
): { readonly code: string; readonly message: string } | undefined {
  if (error instanceof JournalUnavailableError)
    return { code: 'unexpected_settle_error', message: error.publicMessage };
  if (error instanceof ChainProviderError) return { code: codes.chainLookupFailed, message: error.message };
  return undefined;
}
