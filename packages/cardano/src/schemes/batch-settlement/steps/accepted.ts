import { LOVELACE } from '../../../ledger/primitives/asset.js';
import { outRefKey } from '../../../ledger/primitives/out-ref.js';
import type { AcceptedPayment } from '../../scheme.js';
import { type Channel, type ChannelState, channelStateOf } from '../channel/channel.js';
import type { BuyerFacts, TransactionFacts } from '../facts/facts.js';
import { SCHEME } from '../facts/terms.js';

/** The labels that `AcceptedPayment.method` can have here. */
export const METHODS = ['opening', 'topUp', 'voucher', 'refund', 'claim'] as const;

type Accepted = Pick<AcceptedPayment, 'kind' | 'method' | 'payer' | 'payTo' | 'asset' | 'amount'> & {
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
    ...accepted,
  };
}

/** What a buyer sent. */
export function acceptedOfBuyer(
  facts: BuyerFacts & TransactionFacts,
  { kind, method, amount, extra }: Pick<Accepted, 'kind' | 'method' | 'amount' | 'extra'>,
): AcceptedPayment {
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

/** What a seller redeems: it names no price, and pays itself. */
export function acceptedClaim(facts: TransactionFacts, claimed: readonly Channel[]): AcceptedPayment {
  const constants = claimed[0]?.datum.constants;
  return transactionOf(facts, 1, {
    kind: 'claim',
    method: 'claim',
    payer: constants?.provider ?? '',
    payTo: facts.request.paymentRequirements.payTo,
    asset: constants?.currency ?? LOVELACE,
    amount: 0n,
    extra: {},
  });
}

/** The state of a channel that is not on the ledger yet. */
export function stateOfNew(made: Channel, parameters: { readonly coinsPerUtxoByte: bigint }): ChannelState {
  return { ...channelStateOf(made, parameters), channelRef: '' };
}
