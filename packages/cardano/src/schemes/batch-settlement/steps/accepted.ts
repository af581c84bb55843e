import { parseShelleyAddress } from '../../../ledger/address/index.js';
import { LOVELACE } from '../../../ledger/primitives/asset.js';
import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import { createdOutputs } from '../../../ledger/transaction/created-outputs.js';
import type { AcceptedPayment, ChannelChange, PaymentSuccess } from '../../scheme.js';
import {
  type Channel,
  type ChannelState,
  channelStateOf,
  continuationOf,
  paidTo,
  subbedOf,
} from '../channel/channel.js';
import { TRANSACTION_CODES } from '../facts/codes.js';
import type { BuyerFacts, TransactionFacts } from '../facts/facts.js';
import { SCHEME } from '../facts/terms.js';
import type { RefundPayload } from '../shapes/payload.js';

/** The labels that `AcceptedPayment.method` can have here. */
export const METHODS = ['opening', 'topUp', 'voucher', 'refund', 'claim'] as const;

type Kind = keyof typeof TRANSACTION_CODES;

type Accepted = Pick<
  AcceptedPayment,
  'method' | 'payer' | 'payTo' | 'asset' | 'amount' | 'channels' | 'success' | 'unsettleable' | 'otherParties'
> & {
  readonly kind: Kind;
  readonly extra: Readonly<Record<string, unknown>>;
};

function transactionOf(
  { network, transaction }: Pick<TransactionFacts, 'network' | 'transaction'>,
  requiredConfirmations: number,
  accepted: Accepted,
): AcceptedPayment {
  return {
    scheme: SCHEME,
    network,
    txHash: transaction.id,
    inputs: transaction.inputs.map(outRefKey),
    ttl: transaction.ttl,
    fee: transaction.fee,
    requiredConfirmations,
    bytes: transaction.bytes,
    hasScripts: transaction.hasScriptWitnesses,
    whenHeld: { code: TRANSACTION_CODES[accepted.kind], retryable: true },
    ...accepted,
  };
}

/** What a buyer sent. */
export function acceptedOfBuyer(
  facts: BuyerFacts & TransactionFacts,
  accepted: Omit<Accepted, 'payer' | 'payTo' | 'asset' | 'otherParties'>,
): AcceptedPayment {
  const { payer, payTo, asset, receiverAuthorizer, requiredConfirmations } = facts;
  return transactionOf(facts, requiredConfirmations, {
    ...accepted,
    payer,
    payTo: payTo.text,
    asset,
    otherParties: [receiverAuthorizer],
  });
}

/** What a seller redeems: it names no price, and pays itself. Its amount is what it takes of the first channel's currency. */
export function acceptedClaim(facts: TransactionFacts, claimed: readonly Channel[]): AcceptedPayment {
  const constants = claimed[0]?.datum.constants;
  const asset = constants?.currency ?? LOVELACE;
  // Nothing is judged by it: what is no address is not kept.
  const payTo = parseShelleyAddress(facts.request.paymentRequirements.payTo);
  const created = createdOutputs(facts.transaction);
  const taken = claimed.map((channel) => {
    const after = continuationOf(channel, created);
    const redeemed = channel.held - (after?.held ?? 0n);
    const isOpen = after?.datum.stage.kind === 'opened';
    return { channel, redeemed, left: isOpen ? after.held : 0n, channelRef: after?.ref ?? '' };
  });
  const claims = taken.map(({ channel, redeemed, channelRef }) => ({
    channelId: channel.datum.constants.tag,
    totalClaimed: `${subbedOf(channel) + redeemed}`,
    channelRef,
  }));
  return transactionOf(facts, 1, {
    kind: 'claim',
    method: 'claim',
    payer: constants?.provider ?? '',
    payTo: payTo.ok ? payTo.value.text : '',
    asset,
    amount: taken
      .filter(({ channel }) => channel.datum.constants.currency === asset)
      .reduce((sum, { redeemed }) => sum + redeemed, 0n),
    extra: {},
    channels: taken.map(({ channel, left }) => changeOf(channel, channel.held, left)),
    success: { extra: { claims } },
    // A channel's address says who validates it, not whose money it holds.
    otherParties: claimed.map(({ datum }) => datum.constants.consumer),
  });
}

/** What a transaction does to the money of a channel. */
export function changeOf({ datum }: Channel, before: bigint, after: bigint): ChannelChange {
  const { tag, currency } = datum.constants;
  return { channelId: tag, asset: currency, before, after };
}

/** What the success of a deposit says: the channel as it then is. */
export function depositSuccess(
  amount: bigint,
  made: Channel,
  parameters: { readonly coinsPerUtxoByte: bigint },
): PaymentSuccess {
  return { amount: `${amount}`, extra: { channelState: channelStateOf(made, parameters) } };
}

/** What the success of a refund says: what the consumer nets of the currency, and that the channel is gone. */
export function refundSuccess(
  { transaction, payTo, asset, payload }: BuyerFacts<RefundPayload> & TransactionFacts,
  channel: Channel,
): PaymentSuccess {
  const { channelId, maxClaimableAmount } = payload.voucher;
  const share = paidTo(transaction, payTo, asset);
  const fee = asset === LOVELACE ? transaction.fee : 0n;
  const channelState: ChannelState = {
    channelId,
    channelRef: '',
    balance: '0',
    totalClaimed: `${maxClaimableAmount}`,
    withdrawRequestedAt: 0,
  };
  return { amount: `${channel.held - share - fee}`, extra: { channelState } };
}

/** The state of a channel that is not on the ledger yet. */
export function stateOfNew(made: Channel, parameters: { readonly coinsPerUtxoByte: bigint }): ChannelState {
  return { ...channelStateOf(made, parameters), channelRef: '' };
}
