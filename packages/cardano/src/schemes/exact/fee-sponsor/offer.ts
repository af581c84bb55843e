import { z } from 'zod';
import { parseShelleyAddress, type ShelleyAddress } from '../../../ledger/address/index.js';
import { type Network, networkIdOf } from '../../../ledger/network/network.js';
import { type OutRef, outRefKey, parseOutRef } from '../../../ledger/primitives/out-ref.js';
import { err, ok, type Result } from '../../../result.js';
import { parseShape, text, told } from '../../shape.js';

/** A seller's word about an output of its own that may pay the fee of one payment (docs/sponsorship.md). */
export type FeeSponsorOffer = {
  /** Its output: one of ADA alone. */
  readonly input: OutRef;
  /** Where that is; a key guards it. */
  readonly address: ShelleyAddress;
  /** What it holds. */
  readonly lovelace: bigint;
  /** The largest fee that it pays; the rest of it goes to `payTo`. */
  readonly maxFeeLovelace: bigint;
  /** POSIX milliseconds. The transaction's TTL may not be later. */
  readonly expiresAtMs: number;
};

/** Longer than any address of the network. */
const MAX_ADDRESS = 150;
const OUT_REF = /^[0-9a-f]{64}#(?:0|[1-9][0-9]{0,4})$/;
const whole = (digits: number) =>
  text(/^(?:0|[1-9][0-9]*)$/, digits, `a whole number of at most ${digits} digits`).transform(BigInt);

/** Of a later version there may be more fields: they are not looked at. */
const shape = z
  .object(
    {
      input: text(OUT_REF, 70, 'lowercase txHash#index').transform((given, { addIssue }) => {
        const outRef = parseOutRef(given);
        if (outRef !== undefined) return outRef;
        addIssue({ code: 'custom', message: 'expected txHash#index, found a larger index' });
        return z.NEVER;
      }),
      address: text(/^[a-z0-9_]+$/, MAX_ADDRESS, 'a bech32 address'),
      lovelace: whole(20),
      maxFee: whole(20),
      expiresAt: whole(15).transform(Number),
    },
    told('an object'),
  )
  .refine(({ maxFee, lovelace }) => maxFee > 0n && maxFee < lovelace, {
    path: ['maxFee'],
    error: 'expected more than 0 and less than lovelace',
  });

const PATH = 'extra.feeSponsor';

/**
 * Reads the offer of `PaymentRequirements`.
 *
 * @returns `undefined` where there is none; what is wrong with it, as `extra.feeSponsor.input: expected …`.
 * @example
 * const offer = readOffer({ network: 'cardano:preprod', extra: requirements.extra });
 * if (offer.ok && offer.value !== undefined) console.log(offer.value.maxFeeLovelace);
 */
export function readOffer({
  network,
  extra,
}: {
  readonly network: Network;
  readonly extra?: Readonly<Record<string, unknown>> | null | undefined;
}): Result<FeeSponsorOffer | undefined, string> {
  const given = extra?.feeSponsor;
  if (given === undefined || given === null) return ok(undefined);
  const read = parseShape(shape, given, PATH);
  if (!read.ok) return read;
  const { input, lovelace, maxFee: maxFeeLovelace, expiresAt: expiresAtMs } = read.value;
  const address = parseShelleyAddress(read.value.address);
  if (!address.ok) return err(`${PATH}.address: expected an address, found ${address.error}`);
  if (address.value.networkId !== networkIdOf(network))
    return err(`${PATH}.address: expected an address of ${network}, found one of another network`);
  if (address.value.payment.kind !== 'key')
    return err(`${PATH}.address: expected an address that a key guards, found a script’s`);
  return ok({ input, address: address.value, lovelace, maxFeeLovelace, expiresAtMs });
}

/**
 * The form of an offer on the wire.
 *
 * @example
 * const extra = { areFeesSponsored: true, feeSponsor: writeOffer(offer) };
 */
export function writeOffer({ input, address, lovelace, maxFeeLovelace, expiresAtMs }: FeeSponsorOffer): {
  readonly [field in 'input' | 'address' | 'lovelace' | 'maxFee' | 'expiresAt']: string;
} {
  return {
    input: outRefKey(input),
    address: address.text,
    lovelace: `${lovelace}`,
    maxFee: `${maxFeeLovelace}`,
    expiresAt: `${expiresAtMs}`,
  };
}
