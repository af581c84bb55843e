import { parseAddress, parseShelleyAddress, type ShelleyAddress } from '../../../ledger/address/index.js';
import type { ChainOutput } from '../../../ledger/facts/chain-facts.js';
import { type Network, networkIdOf } from '../../../ledger/network/network.js';
import { equalBytes } from '../../../ledger/primitives/bytes.js';
import { type OutRef, outRefKey, parseOutRef } from '../../../ledger/primitives/out-ref.js';
import { err, ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';

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

const WHOLE = /^[1-9]\d{0,19}$/;

/** The form of each field. By hand: browsers load this, and a library for shapes is larger than all else that they load. */
const FIELDS = {
  input: /^[0-9a-f]{64}#(?:0|[1-9]\d{0,4})$/,
  address: /^[a-z0-9_]{1,150}$/,
  lovelace: WHOLE,
  maxFee: WHOLE,
  expiresAt: /^[1-9]\d{0,14}$/,
};

type Written = Readonly<Record<keyof typeof FIELDS, string>>;

const PATH = 'extra.feeSponsor';

/** The fields of an offer as texts of the right form. Of a later version there may be more: they are not looked at. */
function writtenOffer(given: object): Result<Written, string> {
  const found: Record<string, string> = {};
  for (const [name, form] of Object.entries(FIELDS)) {
    const value: unknown = Object.hasOwn(given, name) ? Reflect.get(given, name) : undefined;
    if (typeof value !== 'string' || !form.test(value))
      return err(`${PATH}.${name}: expected text like ${form.source}, found ${quote(value)}`);
    found[name] = value;
  }
  return ok(found as Written);
}

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
  const written = writtenOffer(Object(given));
  if (!written.ok) return written;
  const input = parseOutRef(written.value.input);
  if (input === undefined) return err(`${PATH}.input: expected an index that an output can have`);
  const address = parseShelleyAddress(written.value.address);
  if (!address.ok) return err(`${PATH}.address: ${address.error}`);
  if (address.value.networkId !== networkIdOf(network) || address.value.payment.kind !== 'key')
    return err(`${PATH}.address: expected one of ${network} that a key guards`);
  const lovelace = BigInt(written.value.lovelace);
  const maxFeeLovelace = BigInt(written.value.maxFee);
  if (maxFeeLovelace >= lovelace) return err(`${PATH}.maxFee: expected less than lovelace`);
  const expiresAtMs = Number(written.value.expiresAt);
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

/**
 * Whether an output is what an offer says of it: unspent by its finding, at the offered address, with the offered lovelace
 * and nothing else.
 *
 * @example
 * if (!isOffered(output, offer)) throw new Error('the seller offers what it does not have');
 */
export function isOffered(output: ChainOutput, { address, lovelace }: FeeSponsorOffer): boolean {
  const found = parseAddress(output.address);
  return (
    found.ok &&
    equalBytes(found.value.bytes, address.bytes) &&
    output.lovelace === lovelace &&
    output.assets.size === 0 &&
    output.datumHash === undefined &&
    output.inlineDatum === undefined &&
    output.referenceScript === undefined
  );
}
