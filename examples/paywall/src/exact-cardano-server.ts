import type {
  AssetAmount,
  Network,
  PaymentRequirements,
  Price,
  SchemeNetworkServer,
  SupportedKind,
} from '@x402/core/types';
import { parseCardanoPrice } from './amount.js';

const TRANSFER_METHOD = 'default';
/** The scheme's meaning of an absent policy. */
const DEFAULT_CONFIRMATIONS = 1;

/**
 * The resource server's half of the `exact` scheme on `cardano:*`, for payments from address to address. The payer
 * signs, the server prepares the resource, and only then the facilitator submits: the `authorization` flow.
 */
export class ExactCardanoServer implements SchemeNetworkServer {
  readonly scheme = 'exact';
  readonly defaultAssetTransferMethod = TRANSFER_METHOD;
  readonly paymentFlows = {
    [TRANSFER_METHOD]: { supported: ['authorization'], default: 'authorization' },
  } as const;

  async parsePrice(price: Price, _network: Network): Promise<AssetAmount> {
    return parseCardanoPrice(price);
  }

  /** Only ADA has known decimals. A token's decimals are up to its issuer. */
  getAssetDecimals(asset: string, _network: Network): number | undefined {
    return asset === 'lovelace' ? 6 : undefined;
  }

  /** Adds what a payer needs besides price and recipient, and refuses terms that the facilitator cannot settle. */
  async enhancePaymentRequirements(
    requirements: PaymentRequirements,
    supportedKind: SupportedKind,
    _facilitatorExtensions: string[],
  ): Promise<PaymentRequirements> {
    const confirmations = confirmationsOf(requirements);
    const { minimum, maximum } = settleableConfirmations(supportedKind);
    if (confirmations < minimum || confirmations > maximum)
      throw new Error(
        `the facilitator settles ${minimum} to ${maximum} confirmations on ${requirements.network}, ` +
          `but this resource asks for ${confirmations}`,
      );
    return {
      ...requirements,
      extra: {
        ...requirements.extra,
        confirmationPolicy: { l1Confirmations: confirmations },
        areFeesSponsored: false,
      },
    };
  }

  validateFacilitatorSupport(network: Network, supportedKind: SupportedKind): string | undefined {
    const methods: unknown = supportedKind.extra?.assetTransferMethods;
    if (!Array.isArray(methods) || methods.includes(TRANSFER_METHOD)) return undefined;
    return `the facilitator offers ${methods.join(', ')} on ${network}, this server needs "${TRANSFER_METHOD}"`;
  }
}

function confirmationsOf(requirements: PaymentRequirements): number {
  const policy: unknown = requirements.extra.confirmationPolicy;
  if (typeof policy !== 'object' || policy === null || !('l1Confirmations' in policy))
    return DEFAULT_CONFIRMATIONS;
  return Number(policy.l1Confirmations);
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
