import { numberRules, stage } from '../../stage.js';
import { TRANSACTION_CODES } from '../facts/codes.js';
import type {
  BuyerFacts,
  ClaimFacts,
  ClaimKnown,
  FollowedKnown,
  LedgerFacts,
  OpeningFacts,
  OutputsKnown,
  PlaceKnown,
  RequestFacts,
  TransactionFacts,
  TransactionKnown,
} from '../facts/facts.js';
import type { RefundPayload, VoucherPayload } from '../shapes/payload.js';
import { channelBound, madeBound } from './bound.js';
import { chainRules } from './chain.js';
import { claimedChannels, listed, redeemedByProvider, totals } from './claim.js';
import {
  continues,
  derivedId,
  growsByDeposit,
  holdsDeposit,
  madeForm,
  oneOutput,
  openedAtZero,
  tokenReserve,
} from './deposit.js';
import { network, payloadType, scheme, version } from './envelope.js';
import { channelFound, channelOpen } from './followed.js';
import {
  claimShape,
  payload,
  receiver,
  receiverAuthorizer,
  token,
  voucherSigned,
  withdrawDelay,
} from './payload.js';
import {
  leavesNothing,
  mutualAlone,
  ownCollateral,
  paysShare,
  providerWitness,
  requiredSigners,
  roomForProvider,
  signedByConsumer,
} from './refund.js';
import { extra, price, servedValidator, withdrawDelayRange } from './requirements.js';
import { addsAlone, consumerSigned, spendsChannel } from './spent.js';
import { type EncodedTransaction, transactionRules } from './transaction.js';
import { aboveSubbed, notBelowSubbed, voucherPositive, withinChannel, withinMade } from './voucher.js';

const deposit = { ...transactionRules(TRANSACTION_CODES.deposit), ...chainRules(TRANSACTION_CODES.deposit) };
const refund = { ...transactionRules(TRANSACTION_CODES.refund), ...chainRules(TRANSACTION_CODES.refund) };
const claim = { ...transactionRules(TRANSACTION_CODES.claim), ...chainRules(TRANSACTION_CODES.claim) };

/** Rules on every request. */
export const envelopeStage = stage<RequestFacts>().rule(version).rule(scheme).rule(network).rule(payloadType);

/** Rules on what a seller asks for, which may have no payment yet. */
export const requirementsStage = stage<RequestFacts>()
  .rule(scheme)
  .rule(network)
  .rule(price)
  .rule(extra)
  .rule(servedValidator)
  .rule(withdrawDelayRange);

type Envelope = Extract<ReturnType<typeof envelopeStage.judge>, { ok: true }>['value'];

/** Rules on what a buyer sends, without the chain, without decoding and without its signature. */
export const buyerTermsStage = stage<Envelope>()
  .rule(price)
  .rule(extra)
  .rule(servedValidator)
  .rule(withdrawDelayRange)
  .rule(payload)
  .rule(receiver)
  .rule(receiverAuthorizer)
  .rule(token)
  .rule(withdrawDelay);

/** The same, and the signature. */
export const buyerStage = stage<Envelope>().stage(buyerTermsStage).rule(voucherSigned);

/** A voucher, once its channel was followed. */
export const voucherStage = stage<
  BuyerFacts<VoucherPayload> & FollowedKnown & Pick<TransactionFacts, 'networkFacts'>
>()
  .rule(channelFound)
  .rule(channelBound)
  .rule(channelOpen)
  .rule(withinChannel)
  .rule(aboveSubbed);

export const depositEncodingStage = stage<EncodedTransaction>().rule(deposit.decode);

/** An opening, without the outputs that it spends. */
export const openingStage = stage<OpeningFacts>()
  .rule(deposit.networkId)
  .rule(deposit.plain)
  .rule(deposit.phase2Flag)
  .rule(voucherPositive)
  .rule(oneOutput)
  .rule(madeForm)
  .rule(madeBound)
  .rule(openedAtZero)
  .rule(holdsDeposit)
  .rule(tokenReserve)
  .rule(derivedId)
  .rule(withinMade);

export const openingOutputsStage = stage<OpeningFacts & OutputsKnown>()
  .rule(deposit.inputsAvailable)
  .rule(deposit.inputReserved);

/** A top-up, without the chain. */
export const topUpStage = stage<OpeningFacts>()
  .rule(deposit.networkId)
  .rule(deposit.plain)
  .rule(deposit.phase2Flag)
  .rule(addsAlone)
  .rule(oneOutput)
  .rule(madeForm);

type TopUp = Extract<ReturnType<typeof topUpStage.judge>, { ok: true }>['value'];

export const topUpOutputsStage = stage<TopUp & FollowedKnown & OutputsKnown>()
  .rule(channelFound)
  .rule(channelBound)
  .rule(channelOpen)
  .rule(spendsChannel)
  .rule(continues)
  .rule(growsByDeposit)
  .rule(tokenReserve)
  .rule(consumerSigned)
  .rule(aboveSubbed)
  .rule(withinMade)
  .rule(deposit.inputsAvailable)
  .rule(deposit.inputReserved);

export const depositLedgerStage = stage<LedgerFacts>().rule(deposit.ledger);

export const refundEncodingStage = stage<EncodedTransaction>().rule(refund.decode);

/** A refund, without the chain. */
export const refundStage = stage<BuyerFacts<RefundPayload> & TransactionFacts>()
  .rule(providerWitness)
  .rule(refund.networkId)
  .rule(refund.plain)
  .rule(refund.phase2Flag)
  .rule(requiredSigners)
  .rule(signedByConsumer)
  .rule(leavesNothing);

export const refundOutputsStage = stage<
  BuyerFacts<RefundPayload> & TransactionFacts & FollowedKnown & OutputsKnown
>()
  .rule(channelFound)
  .rule(channelBound)
  .rule(channelOpen)
  .rule(withinChannel)
  .rule(notBelowSubbed)
  .rule(mutualAlone)
  .rule(paysShare)
  .rule(refund.inputsAvailable)
  .rule(refund.inputReserved)
  .rule(ownCollateral)
  .rule(roomForProvider);

/** A refund as its seller judges it before it signs: the facilitator has judged what needs the chain. */
export const refundForSellerStage = stage<BuyerFacts<RefundPayload> & TransactionKnown & PlaceKnown>()
  .rule(refund.networkId)
  .rule(refund.plain)
  .rule(refund.phase2Flag)
  .rule(requiredSigners)
  .rule(signedByConsumer)
  .rule(leavesNothing)
  .rule(mutualAlone)
  .rule(paysShare);

export const refundLedgerStage = stage<LedgerFacts>().rule(refund.ledger);

/** A claim's request. */
export const claimStage = stage<Envelope>().rule(claimShape);

export const claimEncodingStage = stage<EncodedTransaction>().rule(claim.decode);

export const claimTransactionStage = stage<TransactionFacts & ClaimKnown>()
  .rule(claim.networkId)
  .rule(claim.plain)
  .rule(claim.phase2Flag);

export const claimOutputsStage = stage<ClaimFacts>()
  .rule(claim.inputsAvailable)
  .rule(claim.inputReserved)
  .rule(claimedChannels)
  .rule(redeemedByProvider)
  .rule(listed)
  .rule(totals);

export const claimLedgerStage = stage<LedgerFacts>().rule(claim.ledger);

/** Every rule by what it is about, numbered in the order in which a request of that kind meets them. */
export const CHANNEL_RULES = {
  opening: numberRules(
    envelopeStage,
    buyerStage,
    depositEncodingStage,
    openingStage,
    openingOutputsStage,
    depositLedgerStage,
  ),
  topUp: numberRules(
    envelopeStage,
    buyerStage,
    depositEncodingStage,
    topUpStage,
    topUpOutputsStage,
    depositLedgerStage,
  ),
  voucher: numberRules(envelopeStage, buyerStage, voucherStage),
  refund: numberRules(
    envelopeStage,
    buyerStage,
    refundEncodingStage,
    refundStage,
    refundOutputsStage,
    refundLedgerStage,
  ),
  claim: numberRules(
    envelopeStage,
    claimStage,
    claimEncodingStage,
    claimTransactionStage,
    claimOutputsStage,
    claimLedgerStage,
  ),
} as const;
