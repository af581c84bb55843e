import { decodePaymentSignatureHeader } from '@x402/core/http';
import type {
  PaymentPayload,
  PaymentRequirements,
  SchemePaymentRequiredContext,
  SettleContext,
  SupportedKind,
  VerifyResultContext,
} from '@x402/core/types';
import {
  blake2b224,
  decodeTransaction,
  fromHex,
  outRefKey,
  parseNetwork,
  parseShelleyAddress,
  slotStartMs,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';
import {
  type FeeSponsorOffer,
  readOffer,
  spendsOffer,
  writeLoneWitness,
  writeOffer,
} from '@x402-facilitator/cardano/fee-sponsor';
import { timelineOf } from '@x402-facilitator/cardano/ledger';
import { judgeForSponsor } from './judge.js';
import { SponsorPool } from './pool.js';
import type { FeeSponsorOptions } from './settings.js';

/** Core's word for a payment that is not good after all. */
export type Abort = { readonly abort: true; readonly reason: string; readonly message: string };

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
type Terms = DeepReadonly<PaymentRequirements>;

const TAKEN = 'fee_sponsor_taken';
const UNAVAILABLE = 'fee_sponsor_unavailable';
const REFUSED = 'fee_sponsor_refused';

/**
 * Pays the fee of payments in a token with the seller's own ADA, and gets all of it but the fee back at `payTo`: buyers need no ADA
 * beyond what their tokens came with. Its outputs are offered in the 402, to facilitators that take a seller's signature; it signs
 * once per output, for a payment that it has judged itself.
 *
 * @example
 * const feeSponsor = new FeeSponsor({ chain: blockfrost('cardano:preprod', { projectId }), keys });
 * const cardano = new ExactCardanoScheme({ feeSponsor });
 */
export class FeeSponsor {
  readonly #options: FeeSponsorOptions;
  readonly #pool: SponsorPool;
  /** Whether the facilitator takes our signature: no offer is made before it said so. */
  #isAccepted = false;

  /** @throws Error for an address that no key guards, or a chain that says no parameters. */
  constructor(options: FeeSponsorOptions) {
    this.#options = options;
    this.#pool = new SponsorPool(options);
  }

  /** What the facilitator says of itself. Whether `areFeesSponsored` is left to each 402. */
  hear(requirements: Terms, { extra }: SupportedKind): boolean {
    if (!this.#isOurBusiness(requirements)) return false;
    this.#isAccepted = extra?.acceptsSponsorWitnesses === true;
    return this.#isAccepted;
  }

  /** Adds an offer to each price in a token. A buyer that shows a payment gets the offer that it was made with. */
  async enrich({
    requirements,
    paymentPayload,
    transportContext,
  }: SchemePaymentRequiredContext): Promise<PaymentRequirements[] | undefined> {
    if (!this.#isAccepted) return undefined;
    const paid = paymentPayload ?? shownIn(transportContext);
    return Promise.all(
      requirements.map(async (each) => {
        if (!this.#isOurBusiness(each) || Object.hasOwn(each.extra, 'areFeesSponsored')) return each;
        const offer = this.#offerOf(paid, each) ?? (await this.#fresh(each));
        const more =
          offer === undefined
            ? { areFeesSponsored: false }
            : { areFeesSponsored: true, feeSponsor: writeOffer(offer) };
        return { ...each, extra: { ...each.extra, ...more } };
      }),
    );
  }

  /**
   * Signs for a payment that the facilitator calls good but for our signature. Undefined for every other payment, and for one that
   * was signed.
   */
  async sign({ paymentPayload, requirements, result }: VerifyResultContext): Promise<Abort | undefined> {
    if (!result.isValid || result.extra?.awaitedSponsorWitness === undefined) return undefined;
    const spent = this.#spentBy(paymentPayload, requirements);
    if (spent === undefined || this.#pool.isBound(spent.transaction.id)) return undefined;
    try {
      return await this.#judgeAndSign(spent, paymentPayload, requirements);
    } catch (error) {
      this.#options.onError?.(error);
      return abort(UNAVAILABLE, 'the seller cannot sign now; show the payment again');
    }
  }

  /** What is added to the payload at `/settle`. */
  witnessesFor({
    paymentPayload,
    requirements,
  }: SettleContext): { readonly sponsorWitnesses: string } | undefined {
    const spent = this.#spentBy(paymentPayload, requirements);
    const sponsorWitnesses = spent && this.#pool.take(spent.transaction.id);
    return sponsorWitnesses === undefined ? undefined : { sponsorWitnesses };
  }

  /** Lets go of the output of a payment that is not settled. */
  release({ paymentPayload, requirements }: Pick<SettleContext, 'paymentPayload' | 'requirements'>): void {
    const spent = this.#spentBy(paymentPayload, requirements);
    if (spent !== undefined) this.#pool.release(spent.transaction.id);
  }

  async #judgeAndSign(
    { transaction, offer }: Spent,
    paymentPayload: VerifyResultContext['paymentPayload'],
    paymentRequirements: VerifyResultContext['requirements'],
  ): Promise<Abort | undefined> {
    const { chain, keys } = this.#options;
    if (!this.#isOurs(offer, paymentRequirements))
      return abort(REFUSED, 'the offer is not one of this seller');
    const parameters = await this.#pool.parameters();
    if (parameters === undefined) return abort(UNAVAILABLE, 'the seller cannot read the chain now');
    const request = { paymentPayload, paymentRequirements };
    const judged = await judgeForSponsor(request, { chain, parameters, nowMs: this.#pool.nowMs() });
    if (!judged.ok) return abort(judged.error.code, judged.error.message);
    const { ttl } = transaction;
    const id = fromHex(transaction.id);
    if (ttl === undefined || id === undefined) return abort(REFUSED, 'the payment has no end');
    const signatures = await keys.sign(transaction.bytes, id);
    const { hash } = this.#pool.address.payment;
    const own = signatures.find(({ publicKey }) => toHex(blake2b224(publicKey)) === hash);
    if (own === undefined) throw new Error(`expected a signature by ${hash}, found none`);
    const witness = writeLoneWitness(own.publicKey, own.signature);
    const binding = { txHash: transaction.id, input: outRefKey(offer.input), witness };
    return this.#pool.bind(binding, slotStartMs(timelineOf(chain.network), ttl))
      ? undefined
      : abort(TAKEN, 'another payment has the offered output; pay by the offer of a new 402');
  }

  async #fresh({ payTo, asset, amount, maxTimeoutSeconds }: Terms): Promise<FeeSponsorOffer | undefined> {
    const address = parseShelleyAddress(payTo);
    if (!address.ok) return undefined;
    return this.#pool.offer({ payTo: address.value, asset, amount: BigInt(amount), maxTimeoutSeconds });
  }

  /** The offer of a payment that is shown, if this seller could have made it: it is judged when it is to be signed. */
  #offerOf(paid: DeepReadonly<PaymentPayload> | undefined, terms: Terms): FeeSponsorOffer | undefined {
    const accepted = paid?.accepted;
    if (accepted === undefined || !isSame(accepted, terms)) return undefined;
    const offer = offerIn(accepted);
    return offer !== undefined && this.#isOurs(offer, terms) ? offer : undefined;
  }

  #isOurs({ address, maxFeeLovelace, expiresAtMs }: FeeSponsorOffer, { maxTimeoutSeconds }: Terms): boolean {
    return (
      address.text === this.#pool.address.text &&
      maxFeeLovelace <= this.#pool.maxFeeLovelace &&
      expiresAtMs <= this.#pool.nowMs() + maxTimeoutSeconds * 1000
    );
  }

  #isOurBusiness({ scheme, network, asset, extra }: Terms): boolean {
    const method = extra.assetTransferMethod ?? 'default';
    const isServed = parseNetwork(network) === this.#options.chain.network;
    return scheme === 'exact' && isServed && method === 'default' && asset !== 'lovelace';
  }

  #spentBy(
    { payload }: Pick<DeepReadonly<PaymentPayload>, 'payload'>,
    requirements: Terms,
  ): Spent | undefined {
    if (!this.#isOurBusiness(requirements)) return undefined;
    const offer = offerIn(requirements);
    const decoded = decodeTransaction(Buffer.from(String(payload.transaction), 'base64'));
    return offer !== undefined && decoded.ok && spendsOffer(decoded.value, offer)
      ? { offer, transaction: decoded.value }
      : undefined;
  }
}

/** A payment that spends an offered output. */
type Spent = { readonly transaction: Transaction; readonly offer: FeeSponsorOffer };

const abort = (reason: string, message: string): Abort => ({ abort: true, reason, message });

function offerIn({ network, extra }: Pick<Terms, 'network' | 'extra'>): FeeSponsorOffer | undefined {
  const known = parseNetwork(network);
  const read = known && readOffer({ network: known, extra });
  return read?.ok === true ? read.value : undefined;
}

function isSame(one: Terms, other: Terms): boolean {
  return (
    one.scheme === other.scheme &&
    one.network === other.network &&
    one.asset === other.asset &&
    one.amount === other.amount &&
    one.payTo === other.payTo &&
    one.maxTimeoutSeconds === other.maxTimeoutSeconds
  );
}

/** The payment of a request, by core's own adapter: core hands it over only where the framework has set it. */
function shownIn(transportContext: unknown): PaymentPayload | undefined {
  const { request } = Object(transportContext) as { readonly request?: unknown };
  const { adapter } = Object(request) as { readonly adapter?: { getHeader?(name: string): unknown } };
  const header = adapter?.getHeader?.('payment-signature') ?? adapter?.getHeader?.('PAYMENT-SIGNATURE');
  if (typeof header !== 'string') return undefined;
  try {
    return decodePaymentSignatureHeader(header);
  } catch {
    return undefined;
  }
}
