import { blake2b } from '@noble/hashes/blake2.js';
import { bech32 } from '@scure/base';
import { TEST_TOKEN_POLICY } from '../../faucet/index.js';
import { assetKey, assetOf, type ChainView, unitOf } from '../../ledger/index.js';
import { type Answer, failure, notFound, ok } from '../answer.js';
import { listing } from '../pagination.js';
import { get, param, type Route, type RouteContext } from '../route.js';
import { transactionListing } from '../transaction-listing.js';

const UNIT = /^[0-9a-f]{56}(?:[0-9a-f]{2}){0,32}$/;
const POLICY_LENGTH = 56;

/** CIP-14. */
function fingerprint(unit: string): string {
  return bech32.encode('asset', bech32.toWords(blake2b(Buffer.from(unit, 'hex'), { dkLen: 20 })));
}

/** Quantity of an asset by address, over the unspent outputs. */
function holders(view: ChainView, unit: string): Map<string, bigint> {
  const quantities = new Map<string, bigint>();
  for (const { output } of view.unspent(assetKey(unit))) {
    for (const [asset, quantity] of output.assets) {
      if (unitOf(asset) !== unit) continue;
      quantities.set(output.address, (quantities.get(output.address) ?? 0n) + quantity);
    }
  }
  return quantities;
}

function mintsOf(view: ChainView, unit: string) {
  return view.transactions(assetKey(unit)).flatMap((record) => {
    const quantity = record.transaction.mint.get(assetOf(unit));
    return quantity === undefined ? [] : [{ id: record.id, quantity }];
  });
}

/** A route below `/assets/{asset}`: 404 unless the asset was ever minted. */
function ofAsset(path: string, answer: (unit: string, context: RouteContext) => Answer): Route {
  return get(`/assets/{asset}${path}`, (context) => {
    const unit = param(context, 'asset').toLowerCase();
    if (!UNIT.test(unit)) return failure(400, 'Invalid or malformed asset format.');
    return mintsOf(context.view, unit).length === 0 ? notFound() : answer(unit, context);
  });
}

/** A test token's entry in an off-chain registry; null for any other asset. */
function registryMetadata(unit: string) {
  if (!unit.startsWith(TEST_TOKEN_POLICY)) return null;
  const name = Buffer.from(unit.slice(POLICY_LENGTH), 'hex').toString();
  return { name, description: `Devnet test token ${name}`, ticker: name, url: null, logo: null, decimals: 6 };
}

function asset(unit: string, { view }: RouteContext): Answer {
  const mints = mintsOf(view, unit);
  return ok({
    asset: unit,
    policy_id: unit.slice(0, POLICY_LENGTH),
    asset_name: unit.slice(POLICY_LENGTH) || null,
    fingerprint: fingerprint(unit),
    quantity: mints.reduce((sum, { quantity }) => sum + quantity, 0n).toString(),
    initial_mint_tx_hash: mints[0]?.id,
    mint_or_burn_count: mints.length,
    onchain_metadata: null,
    onchain_metadata_standard: null,
    onchain_metadata_extra: null,
    metadata: registryMetadata(unit),
  });
}

export const assetRoutes: readonly Route[] = [
  ofAsset('', asset),
  ofAsset('/addresses', (unit, { view, query }) =>
    listing(query, [...holders(view, unit)], ([address, quantity]) => ({
      address,
      quantity: quantity.toString(),
    })),
  ),
  ofAsset('/history', (unit, { view, query }) =>
    listing(query, mintsOf(view, unit), ({ id, quantity }) => ({
      tx_hash: id,
      action: quantity > 0n ? 'minted' : 'burned',
      amount: quantity.toString(),
    })),
  ),
  ofAsset('/transactions', (unit, context) => transactionListing(assetKey(unit), context)),
];
