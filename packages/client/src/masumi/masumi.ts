import type { PaymentRequirements } from '@x402/core/types';
import { type AssetId, encodeOutput } from '@x402-facilitator/cardano/ledger';
import {
  type BuyersLock,
  buyersLock,
  checkBuyersLock,
  checkOwnContent,
  checkRegisteredSeller,
  type MasumiEscrow,
  type MasumiOrder,
  parseShelleyAddress,
  readMasumiOrder,
} from '@x402-facilitator/cardano/masumi';
import { slotAt } from '../chain/index.js';
import type { LockContext, MasumiMethod } from '../payment/index.js';
import { refuse } from '../refused-payment-error.js';
import { amountOf } from '../transaction/index.js';

/** What a buyer is asked about before its money goes into Masumi's escrow. Everything in it was checked. */
export type MasumiProposal = {
  readonly asset: AssetId;
  /** Atomic units of `asset`. */
  readonly amount: bigint;
  /** ADA that goes into the escrow beside the price. The contract returns it in the end. */
  readonly collateralLovelace: bigint;
  /** bech32. */
  readonly sellerAddress: string;
  /** The seller's entry in Masumi's registry, as the chain confirms it. Without one nothing is known of the seller. */
  readonly registryAsset: AssetId | undefined;
  /** Who decides a dispute: a decision needs `threshold` votes, and each key has so many. */
  readonly arbitrators: { readonly threshold: number; readonly votes: ReadonlyMap<string, number> };
  /** POSIX milliseconds. */
  readonly deadlines: {
    readonly payBy: number;
    readonly submitResult: number;
    readonly unlock: number;
    readonly externalDisputeUnlock: number;
  };
  /** What the seller commits to: the request as it understood it. Without `content` a part is the body of the request. */
  readonly parts: readonly { readonly name: string; readonly content?: unknown }[];
};

/** Whether and how a wallet pays into Masumi's escrow. */
export type MasumiPolicy = {
  /**
   * Decides about each payment, after all checks and before anything is signed. Only the application can judge what the
   * seller commits to. Other purchases wait meanwhile.
   */
  readonly approve: (proposal: MasumiProposal) => boolean | Promise<boolean>;
  /** The longest time from now to the last deadline, in milliseconds. Until then the money may be locked. Default: 7 days. */
  readonly maxLockMs?: number | undefined;
  /** Escrows that are trusted besides the canonical one (`deriveMasumiEscrows`). Each has arbitrators of its own. */
  readonly escrows?: readonly MasumiEscrow[] | undefined;
};

const DEFAULT_MAX_LOCK_MS = 7 * 24 * 60 * 60 * 1000;
/** A payment needs a few blocks. */
const LEAST_TIME_TO_PAY_MS = 60_000;

/**
 * Lets a wallet pay into Masumi's escrow.
 *
 * @example
 * const approve = ({ sellerAddress, parts }: MasumiProposal) => ask(sellerAddress, parts);
 * const wallet = await openWallet({ chain, secret, masumi: masumi({ approve }) });
 */
export function masumi(policy: MasumiPolicy): MasumiMethod {
  return {
    async lockFor(requirements, { asset, amount, payTo }, context) {
      const { chain, costs } = context;
      const order = readOrder(requirements, { asset, amount }, policy, context);
      const deadlines = deadlinesOf(order);
      assertDeadlines(deadlines, policy, context);
      await assertRegistered(order, context);
      const parsed = parseShelleyAddress(context.address);
      if (!parsed.ok) refuse(`expected an address of a key as the buyer, found ${context.address}`);
      const buyer = parsed.value;
      const lock = buyersLock(order, buyer, costs, (lovelace, inlineDatum) => {
        const value = { ...amountOf(asset, amount), lovelace };
        return encodeOutput({ address: payTo.bytes, value, inlineDatum }).length;
      });
      if (!(await policy.approve(proposalOf(order, lock, deadlines))))
        refuse('the application did not approve the Masumi terms');
      const lastTtl = slotAt(chain.network, deadlines.payBy);
      return {
        ...lock,
        buyerKeyHash: buyer.payment.hash,
        payByMs: deadlines.payBy,
        assertIn(output, ttl, live) {
          const checked = checkBuyersLock(output, order, buyer, live);
          if (!checked.ok) refuse(checked.error);
          if (output.lovelace !== lock.lovelace)
            refuse(`expected ${lock.lovelace} lovelace in the escrow, found ${output.lovelace}`);
          if (ttl > lastTtl)
            refuse(
              `expected a transaction that ends at slot ${lastTtl}, the seller's deadline, or before, found ${ttl}`,
            );
        },
      };
    },
  };
}

function readOrder(
  requirements: PaymentRequirements,
  price: Pick<MasumiOrder, 'asset' | 'amount'>,
  { escrows = [] }: MasumiPolicy,
  { chain, request }: LockContext,
): MasumiOrder {
  const order = readMasumiOrder(requirements, { ...price, network: chain.network, trusted: escrows });
  if (!order.ok) refuse(order.error);
  const own = checkOwnContent(order.value, request?.body);
  if (!own.ok) refuse(own.error);
  return order.value;
}

function assertDeadlines(
  { payBy, externalDisputeUnlock }: MasumiProposal['deadlines'],
  { maxLockMs = DEFAULT_MAX_LOCK_MS }: MasumiPolicy,
  { nowMs }: LockContext,
): void {
  if (externalDisputeUnlock > nowMs + maxLockMs)
    refuse(
      `expected the money to be locked for at most ${maxLockMs} ms, found a last deadline in ${externalDisputeUnlock - nowMs} ms`,
    );
  if (payBy < nowMs + LEAST_TIME_TO_PAY_MS)
    refuse(`expected ${LEAST_TIME_TO_PAY_MS} ms to pay in, found a deadline in ${payBy - nowMs} ms`);
}

/** A claim to be registered is the seller's until the chain confirms it. */
async function assertRegistered(order: MasumiOrder, { chain, request }: LockContext): Promise<void> {
  const { registryAsset } = order;
  if (registryAsset === undefined) return;
  if (chain.asset === undefined)
    refuse('the seller claims to be registered, and this provider of chain data does not tell of assets');
  const entry = await chain.asset(registryAsset);
  if (entry === undefined)
    refuse(`the seller claims to be registered as ${registryAsset}, found no such asset`);
  const registered = checkRegisteredSeller(order, { entry, resource: request?.url });
  if (!registered.ok) refuse(`the seller claims to be registered: ${registered.error}`);
}

function deadlinesOf({ extra: { terms } }: MasumiOrder): MasumiProposal['deadlines'] {
  return {
    payBy: Number(terms.payByTime),
    submitResult: Number(terms.submitResultTime),
    unlock: Number(terms.unlockTime),
    externalDisputeUnlock: Number(terms.externalDisputeUnlockTime),
  };
}

function proposalOf(
  { asset, amount, extra, escrow, registryAsset }: MasumiOrder,
  { collateralLovelace }: BuyersLock,
  deadlines: MasumiProposal['deadlines'],
): MasumiProposal {
  const votes = new Map<string, number>();
  for (const key of escrow.deployment.adminVkeys) votes.set(key, (votes.get(key) ?? 0) + 1);
  return {
    asset,
    amount,
    collateralLovelace,
    sellerAddress: extra.terms.sellerAddress.text,
    registryAsset,
    arbitrators: { threshold: Number(escrow.deployment.requiredAdmins), votes },
    deadlines,
    parts: extra.inputCommitment.parts.map(({ name, content }) =>
      content === undefined ? { name } : { name, content },
    ),
  };
}
