import type { PaymentRequirements } from '@x402/core/types';
import { MAX_WITHDRAW_DELAY, MIN_WITHDRAW_DELAY } from '@x402-facilitator/cardano/channels';
import {
  type AssetId,
  type Network,
  type OutRefKey,
  outRefKey,
  parseAddress,
  parseAssetId,
  parseNetwork,
  parseOutRef,
} from '@x402-facilitator/cardano/ledger';
import { z } from 'zod';
import { printable } from '../printable.js';
import { refuse } from '../refused-payment-error.js';

/** What a seller asks for a request that is paid through a channel, checked and in types. */
export type ChannelTerms = {
  readonly network: Network;
  readonly scriptHash: string;
  readonly receiver: string;
  readonly receiverAuthorizer: string;
  readonly token: AssetId;
  /** Seconds. */
  readonly withdrawDelay: number;
  /** The price of the request, at most. */
  readonly amount: bigint;
  /** What the seller would like to see in a new channel. */
  readonly minDeposit: bigint;
  readonly referenceScript: OutRefKey | null;
};

/** What the buyer accepts. */
export type AcceptedTerms = {
  readonly network: Network;
  readonly validators: ReadonlySet<string>;
  readonly maxPrice: Readonly<Record<string, bigint>>;
  readonly maxWithdrawDelay: number;
};

const hash = z.string().regex(/^[0-9a-f]{56}$/);
const amount = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,18})$/)
  .transform(BigInt);
const extraShape = z.object({
  scriptHash: hash,
  receiverAuthorizer: hash,
  withdrawDelay: z.int().min(MIN_WITHDRAW_DELAY).max(MAX_WITHDRAW_DELAY),
  referenceScript: z
    .string()
    .regex(/^[0-9a-f]{64}#\d{1,5}$/)
    .optional(),
  minDeposit: amount.optional(),
});

/**
 * Reads requirements of `batch-settlement` on Cardano.
 *
 * @throws RefusedPaymentError when they are of another form, or not what the buyer accepts. Nothing was signed.
 */
export function channelTermsOf(requirements: PaymentRequirements, accepted: AcceptedTerms): ChannelTerms {
  const network = parseNetwork(requirements.network);
  if (network === undefined || network !== accepted.network)
    refuse(`expected a price on ${accepted.network}, found ${printable(requirements.network)}`);
  const extra = extraShape.safeParse(requirements.extra);
  if (!extra.success) {
    const [issue] = extra.error.issues;
    refuse(`expected extra of batch-settlement, found another form at ${printable(issue?.path.join('.'))}`);
  }
  const { scriptHash, receiverAuthorizer, withdrawDelay, referenceScript, minDeposit = 0n } = extra.data;
  if (!accepted.validators.has(scriptHash))
    refuse(`expected a validator that this buyer trusts, found ${scriptHash}`);
  if (withdrawDelay > accepted.maxWithdrawDelay)
    refuse(`expected a close period of at most ${accepted.maxWithdrawDelay} seconds, found ${withdrawDelay}`);
  if (!(requirements.maxTimeoutSeconds <= withdrawDelay))
    refuse(`expected a time-out within the close period, found ${printable(requirements.maxTimeoutSeconds)}`);
  const token = parseAssetId(requirements.asset);
  const most =
    token !== undefined && Object.hasOwn(accepted.maxPrice, token) ? accepted.maxPrice[token] : undefined;
  if (token === undefined || most === undefined)
    refuse(
      `expected a price in ${Object.keys(accepted.maxPrice).join(', ') || 'no asset'}, as maxPrice says, found ` +
        printable(requirements.asset),
    );
  const price = amount.safeParse(requirements.amount);
  if (!price.success || price.data === 0n)
    refuse(`expected an amount in atomic units, found ${printable(requirements.amount)}`);
  if (price.data > most)
    refuse(`expected a request to cost at most ${most} ${token}, as maxPrice says, found ${price.data}`);
  const payTo = parseAddress(requirements.payTo);
  if (!payTo.ok || payTo.value.kind !== 'shelley')
    refuse(`expected a Shelley address to pay to, found ${printable(requirements.payTo)}`);
  const reference = referenceScript === undefined ? undefined : parseOutRef(referenceScript);
  return {
    network,
    scriptHash,
    receiver: requirements.payTo,
    receiverAuthorizer,
    token,
    withdrawDelay,
    amount: price.data,
    minDeposit,
    referenceScript: reference === undefined ? null : outRefKey(reference),
  };
}
