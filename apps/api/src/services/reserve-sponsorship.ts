import {
  checkRequirements,
  err,
  LOVELACE,
  minAdaOfPayment,
  type Network,
  networkIdOf,
  ok,
  parseAddress,
  parseNetwork,
  type Result,
  type ShelleyAddress,
} from '@x402-facilitator/cardano';
import type { ReserveOutcome, SponsorshipStore } from '@x402-facilitator/journal';
import type { NetworkConfig, SponsorshipPolicy } from '@x402-facilitator/shared/config';
import type { SponsorshipRequestBody } from '@x402-facilitator/shared/wire';

/** What there is to say when somebody asks for a sponsored fee. */
export type SponsorshipAnswer =
  | ReserveOutcome
  /** Such a payment cannot be made, or its fee cannot be sponsored. */
  | { readonly kind: 'refused'; readonly message: string };

/**
 * `POST /sponsorships`: lends one output of the workers' wallet to one payer. Everything that it needs is in Redis; this
 * tier has no key and asks no chain.
 *
 * @param caller whom limits count against.
 * @throws JournalUnavailableError when Redis does not answer.
 */
export type ReserveSponsorship = (
  request: SponsorshipRequestBody,
  caller: string,
) => Promise<SponsorshipAnswer>;

export function createReserveSponsorship(dependencies: {
  readonly stores: ReadonlyMap<Network, SponsorshipStore>;
  readonly networks: ReadonlyMap<Network, NetworkConfig>;
  readonly sponsorship: SponsorshipPolicy;
  /** `chain.reservation`. */
  readonly reservation: { readonly ttlSeconds: number; readonly maxConcurrent: number };
}): ReserveSponsorship {
  const { stores, networks, sponsorship, reservation } = dependencies;

  return async ({ network: named, paymentRequirements, payer: payerText }, caller) => {
    const network = parseNetwork(named);
    const store = network && stores.get(network);
    const served = network && networks.get(network);
    if (network === undefined || store === undefined || served === undefined)
      return refused(`network: expected one of ${[...stores.keys()].join(', ')}, found ${named}`);
    const checked = checkRequirements(paymentRequirements, served.verification);
    if (checked.kind === 'refused') return refused(`${checked.message} (${checked.code})`);
    const { terms, payTo } = checked;
    if (terms.network !== network)
      return refused(`paymentRequirements.network: expected ${network}, found ${terms.network}`);
    if (terms.method !== 'default')
      return refused(
        `paymentRequirements.extra.assetTransferMethod: expected default for a sponsored fee, found ${terms.method}`,
      );
    const found = payerOf(payerText, network);
    if (!found.ok) return refused(`payer: ${found.error}`);
    const payer = found.value;

    const pool = await store.readPool();
    if (pool === undefined) return { kind: 'unavailable', reason: 'no pool is kept' };
    if (isOurs(payTo, pool.changeAddress) || isOurs(payer, pool.changeAddress))
      return refused('expected a payment between others, found one of the facilitator’s own wallet');
    const { asset, amount } = terms;
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
      limits,
    });
  };
}

function refused(message: string): SponsorshipAnswer {
  return { kind: 'refused', message };
}

/** The address of a payer who signs with a key, or what is wrong with it. */
function payerOf(text: string, network: Network): Result<ShelleyAddress, string> {
  const address = parseAddress(text);
  if (typeof address === 'string') return err(`expected an address, found none: ${address}`);
  if (address.kind !== 'shelley' || address.payment.kind !== 'key')
    return err('expected the address of a key, found one of a script or of Byron');
  return address.networkId === networkIdOf(network)
    ? ok(address)
    : err(`expected an address of ${network}, found one of another network`);
}

function isOurs({ payment }: ShelleyAddress, changeAddress: string): boolean {
  const ours = parseAddress(changeAddress);
  return typeof ours !== 'string' && ours.kind === 'shelley' && ours.payment.hash === payment.hash;
}
