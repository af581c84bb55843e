import { LOVELACE } from '../../../ledger/primitives/asset.js';
import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import type { AcceptedPayment } from '../../scheme.js';
import { type Channel, type ChannelState, channelStateOf } from '../channel/channel.js';
import type { BuyerFacts, TransactionFacts } from '../facts/facts.js';
import { SCHEME } from '../facts/terms.js';

/** The labels that `AcceptedPayment.method` can have here. */
export const METHODS = ['opening', 'topUp', 'voucher', 'refund', 'claim'] as const;

/** A transaction of channels that every rule accepts. Only some of them have a TTL. */
export type AcceptedTransaction = Omit<AcceptedPayment, 'ttl'> & {
  readonly ttl: Slot | undefined;
  /** What a valid answer says besides. */
  readonly extra: Readonly<Record<string, unknown>>;
};

type Accepted = Pick<
  AcceptedTransaction,
  'kind' | 'method' | 'payer' | 'payTo' | 'asset' | 'amount' | 'extra'
>;

function transactionOf(
  { network, transaction }: Pick<TransactionFacts, 'network' | 'transaction'>,
  requiredConfirmations: number,
  accepted: Accepted,
): AcceptedTransaction {
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
    ...accepted,
  };
}

/** What a buyer sent. */
export function acceptedOfBuyer(
  facts: BuyerFacts & TransactionFacts,
  { kind, method, amount, extra }: Pick<Accepted, 'kind' | 'method' | 'amount' | 'extra'>,
): AcceptedTransaction {
  const { payer, payTo, asset, requiredConfirmations } = facts;
  return transactionOf(facts, requiredConfirmations, {
    kind,
    method,
    payer,
    payTo: payTo.text,
    asset,
    amount,
    extra,
  });
}

/** What a seller redeems. It pays itself, by a price of nobody's. */
export function acceptedClaim(
  facts: TransactionFacts & { readonly claimed: readonly Channel[] },
): AcceptedTransaction {
  const [first] = facts.claimed;
  return transactionOf(facts, 1, {
    kind: 'claim',
    method: 'claim',
    payer: first?.datum.constants.provider ?? '',
    payTo: facts.request.paymentRequirements.payTo,
    asset: first?.datum.constants.currency ?? LOVELACE,
    amount: 0n,
    extra: {},
  });
}

/** The state of a channel that is not on the ledger yet. */
export function stateOfNew(made: Channel, parameters: { readonly coinsPerUtxoByte: bigint }): ChannelState {
  return { ...channelStateOf(made, parameters), channelRef: '' };
}
