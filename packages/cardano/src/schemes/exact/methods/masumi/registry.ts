import { parseAddress } from '../../../../ledger/address/index.js';
import type { ChainAsset } from '../../../../ledger/facts/chain-facts.js';
import type { Network } from '../../../../ledger/network/network.js';
import { type AssetId, LOVELACE, parseAssetId } from '../../../../ledger/primitives/asset.js';
import { DONE, err, type Result } from '../../../../result.js';
import { quote } from '../../../quote.js';
import type { PaymentTerms } from '../../facts/terms.js';
import type { MasumiTerms } from './extra.js';
import { PAYMENT_TYPE, REGISTRY_POLICY_ID } from './parameters.js';

const NETWORK_NAMES: Readonly<Record<Network, string>> = {
  'cardano:mainnet': 'Mainnet',
  'cardano:preprod': 'Preprod',
  'cardano:preview': 'Preview',
};

/**
 * The registry asset that an agent identifier names.
 *
 * @returns `undefined` for anything but an asset of the Masumi V2 registry.
 */
export function registryAssetOf(agentIdentifier: string): AssetId | undefined {
  if (!agentIdentifier.startsWith(REGISTRY_POLICY_ID)) return undefined;
  return parseAssetId(`${REGISTRY_POLICY_ID}.${agentIdentifier.slice(REGISTRY_POLICY_ID.length)}`);
}

/** The text of a metadatum: strings above 64 bytes are on the chain as lists of pieces. */
function textOf(metadatum: unknown): string | undefined {
  if (typeof metadatum === 'string') return metadatum;
  if (!Array.isArray(metadatum)) return undefined;
  return metadatum.every((piece) => typeof piece === 'string') ? metadatum.join('') : undefined;
}

function fieldOf(metadatum: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, name)
        ? (at as Readonly<Record<string, unknown>>)[name]
        : undefined,
    metadatum,
  );
}

function listOf(metadatum: unknown): readonly unknown[] {
  return Array.isArray(metadatum) ? metadatum : [];
}

/** The registry writes units without a dot, and ADA as `lovelace` or nothing. */
function unitOf(asset: AssetId): string {
  return asset === LOVELACE ? LOVELACE : asset.replace('.', '');
}

/** Whether a URL is the registered base or lies below it. */
function covers(base: string, resource: string): boolean {
  if (!URL.canParse(base) || !URL.canParse(resource)) return false;
  const [registered, asked] = [new URL(base), new URL(resource)];
  const path = registered.pathname.replace(/\/+$/, '');
  return (
    registered.origin === asked.origin && (asked.pathname === path || asked.pathname.startsWith(`${path}/`))
  );
}

function isHeldBy(holders: ChainAsset['holders'], keyHash: string): boolean {
  return holders.some((holder) => {
    const address = parseAddress(holder);
    return address.ok && address.value.kind === 'shelley' && address.value.payment.hash === keyHash;
  });
}

/**
 * Checks a seller's agent identifier against the registry (scheme: "Identity and compatibility identifier"; MIP-002): who
 * holds the asset, where the agent answers, and its price at this escrow.
 *
 * @param claim.asset what the chain says about the registry asset.
 * @param claim.resource URL of what is paid for.
 * @returns nothing, or what is expected and found.
 */
export function checkRegistration(claim: {
  readonly asset: ChainAsset;
  readonly terms: Pick<PaymentTerms, 'network' | 'payTo' | 'asset' | 'amount'>;
  readonly seller: MasumiTerms['sellerAddress'];
  readonly resource: string | undefined;
}): Result<undefined, string> {
  const { asset, terms, seller, resource } = claim;
  if (asset.quantity !== 1n) return err(`expected exactly one registry asset, found ${asset.quantity}`);
  if (!isHeldBy(asset.holders, seller.payment.hash))
    return err(
      `expected the registry asset at an address with the seller's key ${seller.payment.hash}, found it elsewhere`,
    );

  const base = textOf(fieldOf(asset.metadata, 'api_base_url'));
  if (base === undefined) return err('expected an api_base_url in the registry, found none');
  if (resource === undefined)
    return err('expected paymentPayload.resource, to compare with the registry, found nothing');
  if (!covers(base, resource))
    return err(`expected a resource at or below the registered ${quote(base)}, found ${quote(resource)}`);

  const sources = listOf(fieldOf(asset.metadata, 'supported_payment_sources')).filter(
    (source) =>
      textOf(fieldOf(source, 'chain')) === 'Cardano' &&
      textOf(fieldOf(source, 'network')) === NETWORK_NAMES[terms.network] &&
      textOf(fieldOf(source, 'settlement', 'paymentSourceType')) === PAYMENT_TYPE &&
      textOf(fieldOf(source, 'settlement', 'address')) === terms.payTo,
  );
  if (sources.length !== 1)
    return err(
      `expected one payment source of the escrow ${terms.payTo} in the registry, found ${sources.length}`,
    );
  return checkPrice(fieldOf(sources[0], 'pricing'), terms);
}

function checkPrice(
  pricing: unknown,
  { asset, amount }: Pick<PaymentTerms, 'asset' | 'amount'>,
): Result<undefined, string> {
  const prices = listOf(fieldOf(pricing, 'fixed'));
  if (textOf(fieldOf(pricing, 'pricingType')) !== 'Fixed' || prices.length !== 1)
    return err('expected one fixed price of one asset in the registry, found another kind of price');
  const unit = textOf(fieldOf(prices[0], 'asset'))?.toLowerCase() || LOVELACE;
  const registered = fieldOf(prices[0], 'amount');
  const price = typeof registered === 'number' ? String(registered) : textOf(registered);
  if (unit === unitOf(asset) && price === amount.toString()) return DONE;
  return err(
    `expected the registered price of ${quote(price)} ${quote(unit)}, found ${amount} ${unitOf(asset)}`,
  );
}
