import type { AcceptedPayment, Refusal, Scheme, SchemeRegistry } from '@x402-facilitator/cardano';
import { ChainProviderError, type LookupCaller } from '@x402-facilitator/chain';
import {
  type CallName,
  type ClaimOutcome,
  JournalUnavailableError,
  type Pause,
  type Settlement,
  type SettlementClaim,
  SettlementNotReplicatedError,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { bindingOf, type PaymentRequestBody } from '@x402-facilitator/shared/wire';
import type { CallerKey } from '../keys/index.js';
import type { ClaimPayment } from './claim-payment.js';
import type { FollowOptions, FollowToAnswer } from './follow-to-answer.js';
import type { KeyRules } from './key-rules.js';
import type { Log } from './log.js';
import { findRedeemable } from './lost-journal.js';
import type { PaymentObserver } from './payment-observer.js';
import { answerRecalled, type Recall } from './recall.js';
import type { ServedNetworks } from './served-networks.js';
import {
  answerArchiveBehind,
  answerCannotAccept,
  answerNameTaken,
  answerNotReplicated,
  answerPaused,
  answerRefused,
  answerTaken,
  answerUnreadable,
  type SettleAnswer,
} from './settle-answers.js';
import { heldInput, settleableOf } from './settleable.js';
import { SettlementUnreadableError } from './settlement-unreadable.js';
import type { Sponsoring } from './sponsoring.js';
import { type Named, namedIn, type Visibility, type WithoutOthers } from './visibility.js';

export type SettlePayment = (
  request: PaymentRequestBody,
  options: FollowOptions & {
    /** W3C trace context of the request; travels with the settlement. */
    readonly traceparent?: string | undefined;
    /** Pays for the look-ups that decide whether the settlement is accepted. An accepted one costs it nothing more. */
    readonly caller: LookupCaller;
    /** Unset: a stranger's call. */
    readonly key?: CallerKey | undefined;
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
  readonly sponsoring: Pick<Sponsoring, 'lookUp' | 'restore'> | undefined;
  /** Counts the verdicts, and traces the work on them. */
  readonly observer: Pick<PaymentObserver, 'judged' | 'aroundEnqueue'>;
  readonly follow: FollowToAnswer;
  readonly publicUrl: Config['server']['publicUrl'];
  readonly claimPayment: ClaimPayment;
  readonly recall: Recall;
  readonly keyRules: Pick<KeyRules, 'refusalOf' | 'refuseClaim'>;
  readonly visibility: Visibility;
  readonly withoutOthers: WithoutOthers;
}): SettlePayment {
  const { schemes, networks, sponsoring, observer, follow, publicUrl, claimPayment } = dependencies;
  const { keyRules, visibility, withoutOthers, recall } = dependencies;

  const refused = async (request: PaymentRequestBody, refusal: Refusal, named: Named | undefined) => {
    const message = named === undefined ? refusal.message : await withoutOthers(refusal.message, named);
    return answerRefused(request, { ...refusal, message }, schemes.isRetryable(refusal.code));
  };

  return async (request, options) => {
    try {
      return await settle(request, options);
    } catch (error) {
      if (error instanceof SettlementPausedError) return answerPaused(request, error.pause);
      if (error instanceof SettlementUnreadableError) return answerUnreadable(request, error);
      if (error instanceof SettlementNotReplicatedError) {
        if (!(await visibility.isSeen(error.settlement, options.call.keyName)))
          return answerTaken(error.settlement);
        options.log.warn({ error, transaction: error.settlement.txHash }, 'too few replicas acknowledged');
        return answerNotReplicated(error, publicUrl);
      }
      const reason = reasonOf(error, schemes.of(request.paymentRequirements.scheme));
      if (reason === undefined) throw error;
      options.log.warn({ error }, 'settlement cannot be accepted now');
      return answerCannotAccept(request, reason.code, reason.message);
    }
  };

  async function settle(request: PaymentRequestBody, options: Options): Promise<SettleAnswer> {
    const binding = bindingOf(request);
    const { call } = options;
    let taken: CallName | undefined;
    let redeemed: Partial<SettlementClaim> = {};
    let unclaimed: Parameters<Recall> | undefined;
    let named: Named | undefined;
    const { verdict, settlement } = await networks.verify(request, {
      fresh: true,
      caller: options.caller,
      lookUpInFlight: async (network, ...asked) => {
        const served = networks.of(network);
        const [txHash] = asked;
        // Before the chain is asked, and in one round trip.
        const [found, pause, redemption, name] = await Promise.all([
          served.journal.inFlight(network, ...asked),
          served.pause.read(),
          served.journal.readRedemption(network, txHash),
          served.journal.readTakenName(call, { network, txHash, binding }),
        ]);
        taken = name;
        named = namedIn(found.ok ? found.value : {}, { network, own: txHash, viewer: call.keyName });
        if (!found.ok) throw new SettlementUnreadableError(found.error);
        const inFlight = found.value;
        unclaimed = inFlight.settlement === undefined ? [network, txHash, options.log] : undefined;
        if (inFlight.settlement !== undefined) return inFlight;
        // A settlement that was accepted earlier is still followed during a pause.
        if (pause !== undefined) throw new SettlementPausedError(pause);
        const redeemable =
          redemption === undefined ? undefined : await findRedeemable(request, served, txHash);
        if (redemption === undefined || redeemable === undefined) return inFlight;
        // Only its terms are judged. The bytes are those of its block, where they can be read.
        const { bytes } = redeemable;
        redeemed = {
          redeemedBecause: redemption,
          ...(bytes === undefined ? {} : { signedTransaction: bytes }),
        };
        // Before its success can be given: what it cost counts against the day's limits again.
        const restored = await sponsoring?.restore(request, served, { ...redeemable, txHash });
        if (restored?.ok === false)
          options.log.warn(
            { transaction: txHash, metadata: { why: restored.error } },
            'not on the books of sponsorship',
          );
        return { ...inFlight, redeemable };
      },
      lookUpSponsorship: sponsoring?.lookUp,
    });
    observer.judged(request, verdict.ok ? undefined : verdict.error.code);
    if (
      settlement !== undefined &&
      (settlement.binding !== binding || !(await visibility.isSeen(settlement, call.keyName)))
    )
      return answerTaken(settlement);
    if (taken !== undefined)
      return answerNameTaken(request, taken, verdict.ok ? verdict.value.payer : verdict.error.payer);
    if (!verdict.ok) {
      const recalled = unclaimed && (await recall(...unclaimed));
      if (recalled === undefined) return refused(request, verdict.error, named);
      const isSeen = await visibility.isSeen(recalled.settlement, call.keyName);
      return isSeen
        ? answerRecalled(recalled, { binding, call, publicUrl })
        : answerTaken(recalled.settlement);
    }
    const isComplete = settlement !== undefined || redeemed.signedTransaction !== undefined;
    const settleable = settleableOf(verdict.value, schemes, isComplete);
    if (!settleable.ok) return refused(request, settleable.error, named);
    const payment = settleable.value;
    if (settlement !== undefined) {
      const joined = await networks.of(settlement.network).journal.join(settlement, call);
      return afterClaim(joined, request, payment, options);
    }
    const disallowed = keyRules.refusalOf(payment, request, options.key);
    if (disallowed !== undefined) return refused(request, disallowed, named);
    const { traceparent } = options;
    const outcome = await claimPayment(payment, request, { binding, call, traceparent, redeemed });
    return outcome.ok
      ? afterClaim(outcome.value, request, payment, options)
      : refused(request, outcome.error, named);
  }

  async function afterClaim(
    outcome: ClaimOutcome,
    request: PaymentRequestBody,
    payment: AcceptedPayment,
    options: Options,
  ): Promise<SettleAnswer> {
    const by = { network: payment.network, viewer: options.call.keyName };
    switch (outcome.kind) {
      case 'unreadable':
        throw new SettlementUnreadableError(outcome.record);
      case 'claimed':
        await enqueue(outcome.settlement, options.log);
        return follow(outcome.settlement, options);
      case 'joined':
        return (await visibility.isSeen(outcome.settlement, options.call.keyName))
          ? follow(outcome.settlement, options)
          : answerTaken(outcome.settlement);
      case 'bound-elsewhere':
        return answerTaken(outcome.settlement);
      case 'name-taken':
        return answerNameTaken(request, outcome.name, payment.payer);
      case 'paused':
        return answerPaused(request, outcome.pause);
      case 'archive-behind':
        return answerArchiveBehind(request);
      case 'quota-reached':
      case 'key-revoked':
        return keyRules.refuseClaim(outcome);
      case 'terms-bound':
        return refused(
          request,
          {
            code: 'duplicate_settlement',
            message: `the seller's terms are bound to transaction ${outcome.boundTo}`,
            payer: payment.payer,
          },
          namedIn({ termsBoundTo: outcome.boundTo }, { ...by, own: payment.txHash }),
        );
      case 'input-reserved':
        return refused(
          request,
          heldInput(payment, outcome, schemes),
          namedIn({ reserved: outcome }, { ...by, own: payment.txHash }),
        );
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
}

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
