import type { PaymentRequirements } from '@x402/core/types';
import { type Network, type OutRefKey, outRefKey, parseNetwork } from '@x402-facilitator/cardano/ledger';
import { type ChainReader, slotAt } from '../chain/index.js';
import { type Keys, keysOf, type Secret } from '../keys/index.js';
import { refuse } from '../refused-payment-error.js';
import type { FeeSponsorship } from '../sponsorship/index.js';
import { buildPayment } from './build-payment.js';
import { createInputReservations } from './input-reservations.js';
import { isOfferedOutput, type LentOutput, readLentOutput } from './lent-output.js';
import { isMasumi, isOfBuyer, type LockContext, type MasumiMethod, sellerIn } from './lock.js';
import { NotEnoughAdaError } from './not-enough-ada-error.js';
import { readOfferedOutput } from './offered-output.js';
import { type ChannelOrder, type SignedChannelTransaction, signChannelTransaction } from './sign-channel.js';
import { type SignedPayment, signPayment, type UnsignedPayment } from './sign-payment.js';
import type { SpendLimits, Spent } from './spend-limits.js';
import { type Terms, termsOf, withLock } from './terms.js';

/** What a wallet is opened with. */
export type WalletOptions = {
  /** Where the wallet reads its outputs and the protocol parameters. It names the network. */
  readonly chain: ChainReader;
  /** A mnemonic, a private key, or the keys of a wallet in the browser (`cip30Keys`). */
  readonly secret: Secret | Keys;
  /** Lets the wallet pay into Masumi's escrow (`masumi` of `./masumi`). Without it such a price is refused. */
  readonly masumi?: MasumiMethod | undefined;
  /** The clock, in POSIX milliseconds. */
  readonly now?: (() => number) | undefined;
};

/** How much a payment may take, and what else it must respect. */
export type SigningTerms = {
  /** What may leave the wallet. The price, its fee and its min-ADA limit it in any case. */
  readonly limits: SpendLimits;
  /** Payments of the last day, which count towards the limits of a day. */
  readonly spent?: readonly Spent[] | undefined;
  /** Names of the seller, beside the address that is paid. */
  readonly sellers?: readonly string[] | undefined;
  /** Inputs of payments under way, beside those of this wallet's own. */
  readonly held?: ReadonlySet<OutRefKey> | undefined;
  /** These inputs must be spent, so that this payment and earlier ones that spend them exclude each other. */
  readonly mustSpend?: ReadonlySet<OutRefKey> | undefined;
  /** An output of the facilitator that pays the fee instead of the wallet. */
  readonly sponsorship?: FeeSponsorship | undefined;
  /** What is bought. Masumi's terms commit to it, and are held against it. */
  readonly request?: LockContext['request'];
};

/** A wallet that signs payments. It never submits anything. */
export type CardanoWallet = {
  readonly network: Network;
  readonly address: string;
  readonly chain: ChainReader;
  /**
   * Builds and signs a payment and holds its inputs until it can no longer be included, so that payments made at the
   * same time never share one.
   *
   * @param terms without them, only the price limits what leaves the wallet.
   * @throws NotEnoughAdaError when it holds the price, but too little ADA in addition: a sponsor can help.
   * @throws RefusedPaymentError when the transaction would take more than the price explains or the limits allow.
   * @throws Error when the wallet cannot pay what is asked.
   */
  sign(requirements: PaymentRequirements, terms?: SigningTerms): Promise<SignedPayment>;
  /** Frees the inputs of a payment that was refused. */
  release(payment: Pick<SignedPayment, 'inputs'>): void;
};

/** A wallet that can also be a buyer of channels. */
export type ChannelWallet = CardanoWallet & {
  /**
   * Builds, checks and signs a transaction of a channel, and holds what it spends.
   *
   * @throws RefusedPaymentError when it would take more than the order explains or the limits allow.
   */
  signChannel(order: ChannelOrder): Promise<SignedChannelTransaction>;
  /** The keys, for what is not a payment. Their signatures of transactions are the wallet's own business. */
  readonly keys: Pick<Keys, 'address' | 'keyHashes' | 'signData'>;
};

/** By the seller's offer, else as if there were none. */
function orAlone(
  draftOf: (lent: LentOutput | undefined) => UnsignedPayment,
  offered: LentOutput,
): UnsignedPayment {
  try {
    return draftOf(offered);
  } catch (error) {
    try {
      return draftOf(undefined);
    } catch (alone) {
      if (!(alone instanceof NotEnoughAdaError)) throw alone;
      const why = error instanceof Error ? error.message : String(error);
      throw new NotEnoughAdaError(`${alone.message}; nor can it pay by the seller's offer: ${why}`);
    }
  }
}

const UNBOUNDED: SigningTerms = { limits: 'unlimited' };
/** Room for the clocks of payer and facilitator to differ: the TTL must not lie beyond what the facilitator allows. */
const CLOCK_MARGIN_MS = 10_000;

/**
 * Opens a wallet.
 *
 * @throws Error when the secret has another form.
 * @example
 * const wallet = await openWallet({ chain: blockfrost('cardano:preview', { projectId }), secret: { seedPhrase } });
 */
export async function openWallet({
  chain,
  secret,
  masumi,
  now = Date.now,
}: WalletOptions): Promise<ChannelWallet> {
  const { network } = chain;
  const keys = 'keyHashes' in secret ? secret : await keysOf(secret, network);
  const { address } = keys;
  const reservations = createInputReservations(now);
  let previous: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = previous.then(work);
    previous = next.catch(() => undefined);
    return next;
  };

  const lockFor = async (
    requirements: PaymentRequirements,
    price: Terms,
    context: LockContext,
  ): Promise<Terms> => {
    if (masumi === undefined)
      throw new Error(
        'expected the transfer method "default" or "script", found "masumi", which this wallet does not allow',
      );
    return withLock(price, await masumi.lockFor(requirements, price, context));
  };

  return {
    network,
    address,
    chain,
    async sign(
      requirements,
      { limits, spent = [], sellers = [], held = new Set(), mustSpend, sponsorship, request } = UNBOUNDED,
    ) {
      if (parseNetwork(requirements.network) !== network)
        throw new Error(
          `expected a price on ${network}, where this wallet is, found ${requirements.network}`,
        );
      const price = termsOf(requirements);
      // Reading the chain is slow and may run concurrently. Choosing inputs and holding them is one step at a time, so
      // that no other payment can choose the same inputs.
      const lent =
        sponsorship === undefined
          ? await readOfferedOutput(chain, requirements, keys, now())
          : await readLentOutput(chain, sponsorship, keys);
      const [listed, costs] = await Promise.all([
        keys.unspentOutputs?.() ?? chain.unspentOutputs(address),
        chain.parameters(),
      ]);
      if (listed.length === 0)
        throw new Error(`expected money at ${address} on ${network}, found none: send some there first`);
      if (isMasumi(requirements) && sponsorship !== undefined)
        refuse('expected no sponsor for a price in Masumi’s escrow, found one');
      const terms = isMasumi(requirements)
        ? await lockFor(requirements, price, { chain, costs, address, request, nowMs: now() })
        : price;
      const { lock } = terms;
      const pay = async (): Promise<SignedPayment> => {
        const nowMs = now();
        const timeoutMs = nowMs + terms.maxTimeoutSeconds * 1000 - CLOCK_MARGIN_MS;
        const available = reservations
          .free(listed, mustSpend)
          .filter(({ outRef }) => !held.has(outRefKey(outRef)) || mustSpend?.has(outRefKey(outRef)))
          .filter((output) => lock === undefined || isOfBuyer(lock, output.address));
        const draftOf = (lender: LentOutput | undefined): UnsignedPayment => {
          const offerEndsMs = isOfferedOutput(lender) ? lender.expiresAtMs : timeoutMs;
          const validToMs = Math.min(timeoutMs, lock?.payByMs ?? timeoutMs, offerEndsMs);
          const ttl = slotAt(network, validToMs);
          const order = { terms, address, available, mustSpend, lent: lender, ttl, parameters: costs };
          return { bytes: buildPayment(order).bytes, ttl, validToMs, lent: lender };
        };
        const allowance = { limits, sellers: [sellerIn(requirements), ...sellers], spent, nowMs };
        const payment = await signPayment(isOfferedOutput(lent) ? orAlone(draftOf, lent) : draftOf(lent), {
          chain,
          keys,
          terms,
          listed,
          costs,
          allowance,
        });
        reservations.hold(payment.inputs, payment.validToMs);
        return payment;
      };
      return inTurn(pay);
    },
    signChannel: (order) =>
      inTurn(async () => {
        const listed = await (keys.unspentOutputs?.() ?? chain.unspentOutputs(address));
        const available = reservations
          .free(listed)
          .filter(({ outRef }) => !order.held.has(outRefKey(outRef)));
        const signed = await signChannelTransaction(order, { keys, listed, available, nowMs: now() });
        reservations.hold(signed.spends, signed.validToMs);
        return signed;
      }),
    keys,
    release: ({ inputs }) => reservations.release(inputs),
  };
}
