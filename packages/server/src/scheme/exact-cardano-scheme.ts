import type { PaymentOption } from '@x402/core/http';
import type {
  AssetAmount,
  Network,
  PaymentRequirements,
  Price,
  SchemeNetworkServer,
  SchemePaymentRequiredContext,
  SchemeServerHooks,
  SettleContext,
  SupportedKind,
} from '@x402/core/types';
import type { FeeSponsor } from '../fee-sponsor/index.js';
import { type AssetRegistry, createAssetRegistry, type PricedAsset } from './assets.js';
import {
  checkLeastPrice,
  confirmationsOf,
  methodOf,
  readNetwork,
  readPayTo,
  TRANSFER_METHODS,
} from './payment-terms.js';
import { readPrice } from './price.js';

/** Which tokens have a symbol, and what the ledger asks of outputs. */
export type ExactCardanoSchemeOptions = {
  /** Tokens that prices may name by symbol, besides the well-known ones. */
  readonly assets?: readonly PricedAsset[];
  /** The ledger's parameter, in lovelace per byte. It is 4310 on every public network. */
  readonly coinsPerUtxoByte?: bigint;
  /** Pays the fee of payments in tokens on its network, where the facilitator accepts a seller's signature. */
  readonly feeSponsor?: FeeSponsor;
};

/** What a route asks for. */
export type CardanoPayment = {
  /** `cardano:mainnet`, `cardano:preprod` or `cardano:preview`. */
  readonly network: string;
  /** Bech32 address that gets the money. */
  readonly payTo: string;
  /** `'2.5 ADA'`, `'1.50 USDM'`, `'10 <policyId>.<assetNameHex>'`, or `{ asset, amount }` in atomic units. */
  readonly price: Price;
  /** How deep the payment must be in the chain before it is served; 1 by default, 0 for "in a block". */
  readonly confirmations?: number;
  /** How long a payer may take from signing to settlement, in seconds; 600 by default. Blocks take 20 seconds. */
  readonly maxTimeoutSeconds?: number;
  /** Pays into a contract: `extra` of the scheme's `script` method. */
  readonly script?: ScriptTerms;
  /** Pays into Masumi's escrow: `extra` of the scheme's `masumi` method. One set of terms is paid once. */
  readonly masumi?: Readonly<Record<string, unknown>>;
};

/** The contract that is paid, and the datum that it wants. */
export type ScriptTerms = {
  readonly scriptHash?: string;
  readonly script?: { readonly type: string; readonly code: string };
  readonly parameters?: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
  /** CBOR hex of the inline datum that the payment must carry. */
  readonly datum?: string;
};

const DEFAULT_MAX_TIMEOUT_SECONDS = 600;
const COINS_PER_UTXO_BYTE = 4310n;
const FLOW = { supported: ['authorization'], default: 'authorization' } as const;

/**
 * The seller's half of the `exact` scheme on `cardano:*`, for `x402ResourceServer`. The payer signs, the server prepares the
 * resource, and only then the facilitator submits: the `authorization` flow.
 *
 * @example
 * const cardano = new ExactCardanoScheme();
 * const server = new x402ResourceServer(facilitator).register('cardano:*', cardano);
 * const routes = { 'GET /report': { accepts: cardano.accepts({ network: 'cardano:preprod', payTo, price: '2 ADA' }) } };
 */
export class ExactCardanoScheme implements SchemeNetworkServer {
  readonly scheme = 'exact';
  readonly defaultAssetTransferMethod = 'default';
  readonly paymentFlows = { default: FLOW, script: FLOW, masumi: FLOW } as const;
  readonly #assets: AssetRegistry;
  readonly #coinsPerUtxoByte: bigint;
  readonly #feeSponsor: FeeSponsor | undefined;
  readonly schemeHooks: SchemeServerHooks;

  /** @throws Error for an asset that is not one. */
  constructor(options: ExactCardanoSchemeOptions = {}) {
    const { assets = [], coinsPerUtxoByte = COINS_PER_UTXO_BYTE, feeSponsor } = options;
    this.#assets = createAssetRegistry(assets);
    this.#coinsPerUtxoByte = coinsPerUtxoByte;
    this.#feeSponsor = feeSponsor;
    this.schemeHooks =
      feeSponsor === undefined
        ? {}
        : {
            onAfterVerify: (context) => feeSponsor.sign(context),
            onVerifiedPaymentCanceled: async (context) => feeSponsor.release(context),
          };
  }

  /** Adds the sponsor's offers to a 402. */
  enrichPaymentRequiredResponse = async (
    context: SchemePaymentRequiredContext,
  ): Promise<PaymentRequirements[] | undefined> => this.#feeSponsor?.enrich(context);

  /** Adds the sponsor's signature to what is settled. */
  enrichSettlementPayload = async (context: SettleContext): Promise<Record<string, unknown> | undefined> =>
    this.#feeSponsor?.witnessesFor(context);

  /**
   * A route's `accepts`. A price that no one can pay, or an address of another network, is an error here, before the first
   * buyer sees it.
   *
   * @throws Error that says what was expected and what was found; for a price below min-UTxO, the price asked and the least.
   */
  accepts(payment: CardanoPayment): PaymentOption {
    const { payTo, confirmations, script, masumi } = payment;
    const network = readNetwork(payment.network);
    if (script !== undefined && masumi !== undefined)
      throw new Error('expected script or masumi terms, found both');
    const extra = {
      ...(script === undefined ? {} : { assetTransferMethod: 'script', ...script }),
      ...(masumi === undefined ? {} : { ...masumi, assetTransferMethod: 'masumi' }),
      ...(confirmations === undefined ? {} : { confirmationPolicy: { l1Confirmations: confirmations } }),
    };
    const price = readPrice(payment.price, network, this.#assets);
    this.#check({ network, payTo, extra, ...price });
    return {
      scheme: this.scheme,
      network,
      payTo,
      price: { ...price },
      maxTimeoutSeconds: payment.maxTimeoutSeconds ?? DEFAULT_MAX_TIMEOUT_SECONDS,
      extra,
    };
  }

  async parsePrice(price: Price, network: Network): Promise<AssetAmount> {
    return { ...readPrice(price, network, this.#assets) };
  }

  /** Undefined for a token whose issuer is not known here. */
  getAssetDecimals(asset: string, _network: Network): number | undefined {
    return this.#assets.decimalsOf(asset);
  }

  /** Adds what a payer needs besides price and recipient, and refuses terms that the facilitator cannot settle. */
  async enhancePaymentRequirements(
    requirements: PaymentRequirements,
    supportedKind: SupportedKind,
    _facilitatorExtensions: string[],
  ): Promise<PaymentRequirements> {
    this.#check(requirements);
    const method = methodOf(requirements.extra) ?? this.defaultAssetTransferMethod;
    const offered: unknown = supportedKind.extra?.assetTransferMethods;
    if (Array.isArray(offered) && !offered.includes(method))
      throw new Error(
        `the facilitator offers ${offered.join(', ')} on ${requirements.network}, but this resource asks for "${method}"`,
      );
    const confirmations = confirmationsOf(requirements.extra);
    const { minimum, maximum } = settleableConfirmations(supportedKind);
    if (!(confirmations >= minimum && confirmations <= maximum))
      throw new Error(
        `the facilitator settles ${minimum} to ${maximum} confirmations on ${requirements.network}, ` +
          `but this resource asks for ${confirmations}`,
      );
    return {
      ...requirements,
      extra: {
        ...requirements.extra,
        confirmationPolicy: { l1Confirmations: confirmations },
        // The scheme wants false: each payer asks for a sponsored fee by the extension. A 402 with a seller's offer says true.
        ...(this.#feeSponsor?.hear(requirements, supportedKind) === true ? {} : { areFeesSponsored: false }),
      },
    };
  }

  validateFacilitatorSupport(network: Network, supportedKind: SupportedKind): string | undefined {
    const methods: unknown = supportedKind.extra?.assetTransferMethods;
    if (!Array.isArray(methods) || methods.includes(this.defaultAssetTransferMethod)) return undefined;
    return `the facilitator offers ${methods.join(', ')} on ${network}, this server needs "${this.defaultAssetTransferMethod}"`;
  }

  #check({
    network,
    payTo,
    extra,
    ...price
  }: Pick<PaymentRequirements, 'network' | 'payTo' | 'asset' | 'amount' | 'extra'>): void {
    const address = readPayTo(payTo, network);
    if (methodOf(extra) === undefined)
      throw new Error(
        `expected the transfer method ${TRANSFER_METHODS.join(', ')}, found ${JSON.stringify(extra.assetTransferMethod)}`,
      );
    checkLeastPrice({ price, payTo: address, extra, coinsPerUtxoByte: this.#coinsPerUtxoByte });
  }
}

/**
 * A route's `extensions` entry that tells payers without ADA where their fee is paid for them.
 *
 * @param url the facilitator's `/sponsorships`, or an endpoint of your own that adds your key and passes the body on.
 */
export function feeSponsorship(url: string): { readonly cardanoFeeSponsorship: { info: { url: string } } } {
  return { cardanoFeeSponsorship: { info: { url } } };
}

/** The range that `/supported` advertises, or the scheme's whole range if it advertises none. */
function settleableConfirmations(supportedKind: SupportedKind): { minimum: number; maximum: number } {
  const range: unknown = supportedKind.extra?.l1Confirmations;
  const bound = (name: string, otherwise: number): number => {
    const value: unknown = typeof range === 'object' && range !== null ? Reflect.get(range, name) : undefined;
    return typeof value === 'number' ? value : otherwise;
  };
  return { minimum: bound('minimum', -1), maximum: bound('maximum', 20) };
}
