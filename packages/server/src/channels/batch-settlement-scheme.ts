import type { PaymentOption } from '@x402/core/http';
import type { FacilitatorClient } from '@x402/core/server';
import type {
  AssetAmount,
  Network,
  PaymentRequirements,
  Price,
  SchemeNetworkServer,
  SchemePaymentRequiredContext,
  SchemeServerHooks,
  SupportedKind,
} from '@x402/core/types';
import { SCHEME } from '@x402-facilitator/cardano/channels';
import { type AssetRegistry, createAssetRegistry, type PricedAsset } from '../scheme/assets.js';
import { readNetwork, readPayTo } from '../scheme/payment-terms.js';
import { readPrice } from '../scheme/price.js';
import { Counter, type Limits } from './counter.js';
import type { ChannelEvent, ChannelEventCounts } from './events.js';
import type { RefundKeys } from './refunds.js';
import type { ChannelStore } from './store.js';
import { type ChannelTerms, checkRoute, extraOf, freshnessOf } from './terms.js';

/** What a seller of channels has, and how far it goes. */
export type BatchSettlementCardanoOptions = ChannelTerms & {
  /** Is asked about openings and top-ups, and about vouchers while the channel's state is not fresh. */
  readonly facilitator: Pick<FacilitatorClient, 'verify' | 'settle'>;
  /** Holds the only copy of what buyers have promised. */
  readonly store: ChannelStore;
  /** Your key that redeems. With it buyers end channels together with you; without it refunds are refused. */
  readonly keys?: RefundKeys;
  /** Tokens that prices may name by symbol, besides the well-known ones. */
  readonly assets?: readonly PricedAsset[];
  /** Is told what a seller should know of; by default Node warns of it. */
  readonly onEvent?: (event: ChannelEvent) => void;
} & Partial<Limits>;

/** What a route asks for. */
export type ChannelPayment = {
  /** `cardano:mainnet`, `cardano:preprod` or `cardano:preview`. */
  readonly network: string;
  /** Bech32 address that gets what is redeemed. */
  readonly payTo: string;
  /** The most that one request costs: `'0.001 ADA'`, `'0.002 USDM'`, or `{ asset, amount }` in atomic units. */
  readonly price: Price;
  /** How deep a deposit must be in the chain before its request is served; 1 by default. */
  readonly confirmations?: number;
  /** How long a request may take, its deposit included, in seconds; 600 by default. */
  readonly maxTimeoutSeconds?: number;
  /** How much a buyer should put into a channel at least, in atomic units: a hint. */
  readonly minDeposit?: bigint;
};

const DEFAULT_MAX_TIMEOUT_SECONDS = 600;
const FLOW = { supported: ['authorization'], default: 'authorization' } as const;
const LEASE_MS = 30_000;
const KEEP_ANSWERS_MS = 600_000;
const MAX_ANSWER_BYTES = 65_536;
const ASK_AGAIN_MS = 30_000;

/**
 * The seller's half of `batch-settlement` on `cardano:*`, for `x402ResourceServer`: payments below a cent. A buyer's signed promise is
 * on the disk before its request is served, and is redeemed later, many at once.
 *
 * @example
 * const channels = new BatchSettlementCardanoScheme({ facilitator, store, scriptHash, receiverAuthorizer });
 * const server = new x402ResourceServer(facilitator).register('cardano:preprod', channels);
 * const routes = { 'GET /price': { accepts: channels.accepts({ network: 'cardano:preprod', payTo, price: '0.001 ADA' }) } };
 */
export class BatchSettlementCardanoScheme implements SchemeNetworkServer {
  readonly scheme = SCHEME;
  readonly defaultAssetTransferMethod = 'default';
  readonly paymentFlows = { default: FLOW } as const;
  /** A buyer may show the terms with the correction that it was sent. */
  readonly dynamicExtraFields = ['channelState', 'voucherState'];
  readonly schemeHooks: SchemeServerHooks;
  readonly #extra: ReturnType<typeof extraOf>;
  readonly #assets: AssetRegistry;
  readonly #counter: Counter;

  /** @throws Error for terms that no channel could have. */
  constructor(options: BatchSettlementCardanoOptions) {
    const { facilitator, store, keys, assets = [], onEvent } = options;
    this.#extra = extraOf(options);
    this.#assets = createAssetRegistry(assets);
    const counter = new Counter({
      facilitator,
      store,
      keys,
      onEvent,
      scriptHash: options.scriptHash,
      freshForMs: options.freshForMs ?? freshnessOf(this.#extra.withdrawDelay),
      leaseMs: options.leaseMs ?? LEASE_MS,
      keepAnswersMs: options.keepAnswersMs ?? KEEP_ANSWERS_MS,
      maxAnswerBytes: options.maxAnswerBytes ?? MAX_ANSWER_BYTES,
      askAgainMs: options.askAgainMs ?? ASK_AGAIN_MS,
    });
    this.#counter = counter;
    this.schemeHooks = {
      onBeforeVerify: (context) => counter.open(context),
      onAfterVerify: async (context) => counter.afterOpen(context),
      onBeforeSettle: (context) => counter.settle(context),
      onVerifiedPaymentCanceled: (context) => counter.cancel(context),
    };
  }

  /** How often what a seller should know of has happened in this process. */
  get eventCounts(): Readonly<ChannelEventCounts> {
    return this.#counter.counts;
  }

  /**
   * A route's `accepts`.
   *
   * @throws Error that says what was expected and what was found.
   */
  accepts(payment: ChannelPayment): PaymentOption {
    const { payTo, confirmations, minDeposit } = payment;
    const network = readNetwork(payment.network);
    readPayTo(payTo, network);
    const price = readPrice(payment.price, network, this.#assets);
    const maxTimeoutSeconds = payment.maxTimeoutSeconds ?? DEFAULT_MAX_TIMEOUT_SECONDS;
    const extra = {
      ...this.#extra,
      ...(minDeposit === undefined ? {} : { minDeposit: `${minDeposit}` }),
      ...(confirmations === undefined ? {} : { confirmationPolicy: { l1Confirmations: confirmations } }),
    };
    checkRoute({ amount: price.amount, maxTimeoutSeconds, extra });
    return { scheme: this.scheme, network, payTo, price: { ...price }, maxTimeoutSeconds, extra };
  }

  async parsePrice(price: Price, network: Network): Promise<AssetAmount> {
    return { ...readPrice(price, network, this.#assets) };
  }

  /** Undefined for a token whose issuer is not known here. */
  getAssetDecimals(asset: string, _network: Network): number | undefined {
    return this.#assets.decimalsOf(asset);
  }

  /** Adds what a buyer needs to open a channel. */
  async enhancePaymentRequirements(
    requirements: PaymentRequirements,
    _supportedKind: SupportedKind,
    _facilitatorExtensions: string[],
  ): Promise<PaymentRequirements> {
    readPayTo(requirements.payTo, requirements.network);
    const enhanced = { ...requirements, extra: { ...requirements.extra, ...this.#extra } };
    checkRoute(enhanced);
    return enhanced;
  }

  /** The corrective 402: tells a buyer whose count is another what the count is, and proves it by the buyer's own promise. */
  async enrichPaymentRequiredResponse({
    requirements,
    paymentPayload,
  }: SchemePaymentRequiredContext): Promise<PaymentRequirements[] | undefined> {
    const correction = paymentPayload && this.#counter.correctionFor(paymentPayload);
    if (paymentPayload === undefined || correction === undefined) return undefined;
    const { network, asset, payTo } = paymentPayload.accepted;
    return requirements.map((each) => {
      const isIt =
        each.scheme === this.scheme &&
        each.network === network &&
        each.asset === asset &&
        each.payTo === payTo;
      return isIt ? { ...each, extra: { ...each.extra, ...correction } } : each;
    });
  }
}
