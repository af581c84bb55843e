import {
  fromHex,
  leastPrice,
  type Network,
  networkIdOf,
  parseNetwork,
  parseShelleyAddress,
  type ShelleyAddress,
} from '@x402-facilitator/cardano';
import type { CardanoAmount } from './price.js';

/** How the money is paid: to an address (`default`), into a contract (`script`), or into Masumi's escrow (`masumi`). */
export const TRANSFER_METHODS = ['default', 'script', 'masumi'] as const;

export type TransferMethod = (typeof TRANSFER_METHODS)[number];

/** `extra.assetTransferMethod`, which is absent for `default`. */
export function methodOf(extra: Readonly<Record<string, unknown>>): TransferMethod | undefined {
  const named = extra.assetTransferMethod ?? 'default';
  return TRANSFER_METHODS.find((method) => method === named);
}

/** @throws Error for a network that is not one of Cardano's. */
export function readNetwork(network: string): Network {
  const known = parseNetwork(network);
  if (known === undefined)
    throw new Error(`expected cardano:mainnet, cardano:preprod or cardano:preview, found "${network}"`);
  return known;
}

/**
 * The address that is paid, which must be one of the network.
 *
 * @throws Error that says what was expected and what was found.
 */
export function readPayTo(payTo: string, network: string): ShelleyAddress {
  const known = readNetwork(network);
  // JavaScript hands over what an unset variable holds.
  const address = parseShelleyAddress(String(payTo));
  if (!address.ok) throw new Error(`payTo: expected a Cardano address, found "${payTo}": ${address.error}`);
  if (address.value.networkId !== networkIdOf(known))
    throw new Error(`payTo: expected an address of ${network}, found ${payTo}, which is of another network`);
  return address.value;
}

/**
 * Refuses a price in ADA that the ledger lets no one pay: every output must hold its min-UTxO. A token has no least price,
 * because the payer adds the ADA. In Masumi's escrow the payer adds what is missing as collateral.
 *
 * @throws Error that names the price that was asked and the least one.
 */
export function checkLeastPrice({
  price,
  payTo,
  extra,
  coinsPerUtxoByte,
}: {
  readonly price: CardanoAmount;
  readonly payTo: ShelleyAddress;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly coinsPerUtxoByte: bigint;
}): void {
  const method = methodOf(extra);
  if (price.asset !== 'lovelace' || method === 'masumi') return;
  const datum = method === 'script' && typeof extra.datum === 'string' ? fromHex(extra.datum) : undefined;
  const least = leastPrice({ payTo, datum, coinsPerUtxoByte });
  if (BigInt(price.amount) >= least) return;
  throw new Error(
    `the price is below what the ledger lets an output hold: asked ${price.amount} lovelace, least ${least} lovelace (${inAda(least)} ADA)`,
  );
}

const inAda = (lovelace: bigint) => (Number(lovelace) / 1_000_000).toFixed(6);

/** The scheme's meaning of an absent policy. */
const DEFAULT_CONFIRMATIONS = 1;

/** `extra.confirmationPolicy.l1Confirmations`. */
export function confirmationsOf(extra: Readonly<Record<string, unknown>>): number {
  const policy: unknown = extra.confirmationPolicy;
  if (typeof policy !== 'object' || policy === null || !('l1Confirmations' in policy))
    return DEFAULT_CONFIRMATIONS;
  return Number(policy.l1Confirmations);
}
