import { z } from 'zod';
import { parseShelleyAddress } from '../../../../ledger/address/index.js';
import { type Network, networkIdOf } from '../../../../ledger/network/network.js';
import { DONE, err, ok, type Result } from '../../../../result.js';
import { quote } from '../../../quote.js';
import type { PaymentRequest } from '../../../request.js';
import { closed, lowercaseHex, parseShape, text, told } from '../../../shape.js';
import { canonicalJson, sha256Hex } from './canonical-json.js';
import { inputCommitmentSchema } from './commitment.js';
import { deploymentSchema } from './deployment.js';
import { LIMITS, MIN_INTERVALS_MS, PAYMENT_TYPE } from './parameters.js';

const LONGEST_BUYER_NONCE_BYTES = 13;

/**
 * An address that works in every step of an escrow. Its payment credential is a key, because the contract pays only keys.
 * Its stake credential, if any, is a key too, because Masumi's tools write no other into the datums of later steps.
 */
function keyAddress(network: Network) {
  const expected = told(`an address of ${network} with key credentials`);
  return z.string(expected).transform((given, { addIssue }) => {
    const address = parseShelleyAddress(given);
    if (address.ok && address.value.networkId === networkIdOf(network)) {
      const { payment, stake } = address.value;
      if (payment.kind === 'key' && (stake === undefined || stake.kind === 'key')) return address.value;
    }
    addIssue({ code: 'custom', message: expected.error({ input: given }) });
    return z.NEVER;
  });
}

const posixMs = text(
  /^[1-9][0-9]*$/,
  LIMITS.integerDigits,
  'POSIX milliseconds as a positive decimal without leading zeros',
).transform(BigInt);

const buyerNonce = text(
  /^(?:(?:[0-9a-f]{2}){7,13})?$/,
  2 * LONGEST_BUYER_NONCE_BYTES,
  'an empty text, or lowercase hex of 7 to 13 bytes',
);

/** What the seller signs of an escrow. */
const termsSchema = (network: Network) =>
  closed({
    version: z.literal('1', told('"1"')),
    paymentType: z.literal(PAYMENT_TYPE, told(JSON.stringify(PAYMENT_TYPE))),
    sellerAddress: keyAddress(network),
    sellerReturnAddress: keyAddress(network).optional(),
    sellerNonce: lowercaseHex(32),
    buyerNonce,
    /** Empty for a seller without a registration. */
    agentIdentifier: lowercaseHex(0, LIMITS.agentIdentifierCharacters / 2)
      .nullish()
      .transform((agent) => agent ?? ''),
    inputHash: lowercaseHex(32),
    payByTime: posixMs,
    submitResultTime: posixMs,
    unlockTime: posixMs,
    externalDisputeUnlockTime: posixMs,
  });

const extraSchema = (network: Network) =>
  closed({
    assetTransferMethod: z.unknown(),
    inputCommitment: inputCommitmentSchema,
    terms: termsSchema(network),
    /** The seller's COSE_Key. */
    referenceKey: lowercaseHex(1, LIMITS.coseBytes),
    /** The seller's COSE_Sign1. */
    referenceSignature: lowercaseHex(1, LIMITS.coseBytes),
    /** An LZString. */
    blockchainIdentifier: lowercaseHex(1, LIMITS.identifierBytes),
    /** A rule of its own judges it. */
    confirmationPolicy: z.unknown().optional(),
    areFeesSponsored: z.literal(false, told('false')).optional(),
    /** Absent for the network's canonical deployment. */
    deployment: deploymentSchema.optional(),
  }).check(({ value: { inputCommitment, terms }, issues }) => {
    const { inputHash: input } = terms;
    if (input === inputCommitment.digest) return;
    const message = `expected ${quote(inputCommitment.digest)}, found ${quote(input)}`;
    issues.push({ code: 'custom', input, path: ['terms', 'inputHash'], message });
  });

const SCHEMAS = {
  'cardano:mainnet': extraSchema('cardano:mainnet'),
  'cardano:preprod': extraSchema('cardano:preprod'),
  'cardano:preview': extraSchema('cardano:preview'),
} as const satisfies Readonly<Record<Network, z.ZodType>>;

/** `paymentRequirements.extra` of a Masumi payment, its form checked and nothing else. Times are POSIX milliseconds. */
export type MasumiExtra = z.output<(typeof SCHEMAS)[Network]> & {
  /** `terms` exactly as received: absent, null and empty fields mean the same and are signed differently. */
  readonly signedTerms: Readonly<Record<string, unknown>>;
};

export type MasumiTerms = MasumiExtra['terms'];

/**
 * Reads `paymentRequirements.extra` of a Masumi payment: closed objects, types and sizes.
 *
 * @returns the parts, or what is wrong: place, expected and found.
 */
export function readMasumiExtra(extra: unknown, network: Network): Result<MasumiExtra, string> {
  const parsed = parseShape(SCHEMAS[network], extra, 'paymentRequirements.extra');
  if (!parsed.ok) return parsed;
  const { terms } = extra as { readonly terms: MasumiExtra['signedTerms'] };
  return ok({ ...parsed.value, signedTerms: terms });
}

/**
 * Checks that the deadlines leave the contract's parties their time (scheme: "Lock invariants").
 *
 * @returns nothing, or the first deadline that comes too early: its path inside `terms`, expected and found.
 */
export function checkIntervals(terms: MasumiTerms): Result<undefined, string> {
  const earliest = {
    submitResultTime: terms.payByTime + MIN_INTERVALS_MS.payToSubmitResult,
    unlockTime: terms.submitResultTime + MIN_INTERVALS_MS.submitResultToUnlock,
    externalDisputeUnlockTime: terms.unlockTime + MIN_INTERVALS_MS.unlockToDispute,
  };
  const names = Object.keys(earliest) as (keyof typeof earliest)[];
  const early = names.find((name) => terms[name] < earliest[name]);
  if (early === undefined) return DONE;
  return err(`${early}: expected at least ${earliest[early]}, found ${terms[early]}`);
}

const TERMS_DOMAIN = 'masumi:x402:terms:v1\n';

/**
 * The digest that the seller signs: `terms` exactly as received, with what the requirements say at their top level
 * (scheme: "Seller-signed terms").
 *
 * @returns lowercase hex, or `undefined` when the terms have no canonical form.
 */
export function termsDigestOf(
  { scheme, network, payTo, amount, asset, maxTimeoutSeconds }: PaymentRequest['paymentRequirements'],
  terms: Readonly<Record<string, unknown>>,
): string | undefined {
  const signedTerms = canonicalJson({
    ...terms,
    scheme,
    assetTransferMethod: 'masumi',
    network,
    contractAddress: payTo,
    amount,
    asset,
    maxTimeoutSeconds,
  });
  return signedTerms === undefined ? undefined : sha256Hex(TERMS_DOMAIN, signedTerms);
}
