import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { type ChannelTransaction, SCHEME } from '@x402-facilitator/cardano/channels';
import { LOVELACE, type Network, type Slot } from '@x402-facilitator/cardano/ledger';
import { isOpen } from '../facilitator/index.js';
import type { Owed } from './batches.js';
import { messageOf } from './events.js';
import type { ClaimOutcome } from './metrics.js';
import type { ChannelManagerOptions } from './settings.js';

/** A signed claim and how it is shown to the facilitator: the same call again only asks. */
export type SentClaim = {
  readonly owed: readonly Owed[];
  readonly transaction: ChannelTransaction;
  /** Its inputs. */
  readonly spent: ReadonlySet<string>;
  readonly ttl: Slot;
  readonly payload: PaymentPayload;
  readonly requirements: PaymentRequirements;
};

export function claimRequest(
  network: Network,
  owed: readonly Owed[],
  bytes: Uint8Array,
): Pick<SentClaim, 'payload' | 'requirements'> {
  const requirements: PaymentRequirements = {
    scheme: SCHEME,
    network,
    asset: LOVELACE,
    amount: '0',
    payTo: owed[0]?.receiver ?? '',
    maxTimeoutSeconds: 0,
    extra: {},
  };
  const payload = {
    type: 'claim',
    transaction: Buffer.from(bytes).toString('base64'),
    claims: owed.map(({ channelId, claimed }) => ({ channelId, totalClaimed: `${claimed.total}` })),
  };
  return { requirements, payload: { x402Version: 2, accepted: requirements, payload } };
}

type Outcome = { readonly outcome: ClaimOutcome | 'pending'; readonly message: string };

/**
 * What a claim came to. `pending`: it may still be included. The facilitator follows the claim; that it is in, the seller's own provider
 * must say too, because one of them may not know of a rollback yet.
 */
export async function outcomeOf(
  { facilitator, chain }: Pick<ChannelManagerOptions, 'facilitator' | 'chain'>,
  { payload, requirements, transaction, ttl }: SentClaim,
): Promise<Outcome> {
  const said = await saidOf(facilitator, payload, requirements);
  if (said.outcome !== 'confirmed') return said;
  try {
    // The tip comes first: what it has left behind was in a block by then.
    const tip = await chain.tip();
    const included = await chain.transaction(transaction.id);
    if (included?.isValid === true) return said;
    if (tip.slot <= ttl) return { outcome: 'pending', message: '' };
  } catch (error) {
    return { outcome: 'pending', message: messageOf(error) };
  }
  return { outcome: 'failed', message: "it is not on the ledger of the seller's provider" };
}

async function saidOf(
  facilitator: ChannelManagerOptions['facilitator'],
  payload: PaymentPayload,
  requirements: PaymentRequirements,
): Promise<Outcome> {
  try {
    const settled = await facilitator.settle(payload, requirements);
    const message = [settled.errorReason, settled.errorMessage].filter(Boolean).join(': ');
    if (settled.success) return { outcome: 'confirmed', message };
    if (isOpen(settled)) return { outcome: 'pending', message };
    const isFailed = settled.errorReason?.endsWith('_transaction_failed') === true;
    return { outcome: isFailed ? 'failed' : 'refused', message };
  } catch (error) {
    // The claim may be on its way. Then the next one is refused, or finds the channels moved.
    return { outcome: 'unavailable', message: messageOf(error) };
  }
}
