import {
  err,
  LOVELACE,
  minAdaOfPayment,
  type Network,
  networkIdOf,
  ok,
  parseAddress,
  parseNetwork,
  type Result,
  type SchemeRegistry,
  type ShelleyAddress,
} from '@x402-facilitator/cardano';
import type { ReserveOutcome, SponsorshipStore } from '@x402-facilitator/journal';
import type { NetworkConfig, SponsorshipPolicy } from '@x402-facilitator/shared/config';
import type { SponsorshipRequestBody } from '@x402-facilitator/shared/wire';

/** The answer to a request for a sponsored fee. */
export type SponsorshipAnswer =
  | ReserveOutcome
  /** Such a payment cannot be made, or its fee cannot be sponsored. */
  | { readonly kind: 'refused'; readonly message: string };

/**
 * `POST /sponsorships`: lends one output of the workers' wallet to one payer. All that it needs is in Redis: the API
 * has no key, and does not ask the chain.
 *
 * @param caller the name that limits count by.
 * @param ownLovelacePerDay what its key may spend on one day, where that is less than any caller may.
 * @throws JournalUnavailableError when Redis does not answer.
 */
export type ReserveSponsorship = (
  request: SponsorshipRequestBody,
  caller: string,
  ownLovelacePerDay?: number,
) => Promise<SponsorshipAnswer>;

export function createReserveSponsorship(dependencies: {
  readonly stores: ReadonlyMap<Network, SponsorshipStore>;
  readonly schemes: SchemeRegistry;
  readonly networks: ReadonlyMap<Network, NetworkConfig>;
  readonly sponsorship: SponsorshipPolicy;
  /** `sponsorship.pool.callerShare`. */
  readonly callerShare: number;
  /** `chain.reservation`. */
  readonly reservation: { readonly ttlSeconds: number; readonly maxConcurrent: number };
}): ReserveSponsorship {
  const { stores, schemes, networks, sponsorship, callerShare, reservation } = dependencies;

  return async ({ network: named, paymentRequirements, payer: payerText }, caller, ownLovelacePerDay) => {
    const network = parseNetwork(named);
    const store = network && stores.get(network);
    const served = network && networks.get(network);
    if (network === undefined || store === undefined || served === undefined)
      return refused(`network: expected one of ${[...stores.keys()].join(', ')}, found ${named}`);
    const required = schemes.readRequirements(paymentRequirements, served.verification);
    if (!required.ok) return refused(`${required.error.message} (${required.error.code})`);
    const { payTo, asset, amount, sponsorable } = required.value;
    if (required.value.network !== network)
      return refused(`paymentRequirements.network: expected ${network}, found ${required.value.network}`);
    if (!sponsorable.ok) return refused(sponsorable.error);
    const parsed = payerOf(payerText, network);
    if (!parsed.ok) return refused(`payer: ${parsed.error}`);
    const payer = parsed.value;

    const published = await store.readPool();
    if (!published.ok) return { kind: 'unavailable', reason: 'the record of the pool cannot be read' };
    const pool = published.value;
    if (pool === undefined) return { kind: 'unavailable', reason: 'no worker keeps a pool' };
    if (isOurs(payTo, pool.changeAddress) || isOurs(payer, pool.changeAddress))
      return refused('expected a payment between others, found one of the facilitator’s own wallet');
    const { coinsPerUtxoByte } = pool;
    const minAda = asset === LOVELACE ? 0n : minAdaOfPayment({ payTo, asset, amount, coinsPerUtxoByte });
    const { maxFeeLovelace, minAdaLovelace: mostLent, limits } = sponsorship;
    return store.reserve({
      caller,
      payer: payer.text,
      maxFeeLovelace,
      minAdaLovelace: minAda < mostLent ? minAda : mostLent,
      ttlMs: reservation.ttlSeconds * 1000,
      maxConcurrent: reservation.maxConcurrent,
      callerShare,
      limits: { ...limits, perKeyLovelace: lesser(limits.perKeyLovelace, ownLovelacePerDay) },
    });
  };
}

function lesser(limit: bigint, own: number | undefined): bigint {
  return own === undefined || BigInt(own) > limit ? limit : BigInt(own);
}

function refused(message: string): SponsorshipAnswer {
  return { kind: 'refused', message };
}

/** The address of a payer who signs with a key, or what is wrong with it. */
function payerOf(text: string, network: Network): Result<ShelleyAddress, string> {
  const parsed = parseAddress(text);
  if (!parsed.ok) return err(`expected an address, found none: ${parsed.error}`);
  const address = parsed.value;
  if (address.kind !== 'shelley' || address.payment.kind !== 'key')
    return err('expected the address of a key, found one of a script or of Byron');
  return address.networkId === networkIdOf(network)
    ? ok(address)
    : err(`expected an address of ${network}, found one of another network`);
}

function isOurs({ payment }: ShelleyAddress, changeAddress: string): boolean {
  const ours = parseAddress(changeAddress);
  return ours.ok && ours.value.kind === 'shelley' && ours.value.payment.hash === payment.hash;
}
