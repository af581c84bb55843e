import { parseShelleyAddress, type ShelleyAddress } from '../../../../ledger/address/index.js';
import { type Network, networkIdOf } from '../../../../ledger/network/network.js';
import { err, ok, type Result } from '../../../../result.js';
import type { MasumiDeployment } from '../../../policy.js';
import { nestsAtMost } from './canonical-json.js';
import type { CommitmentPart, InputCommitment } from './commitment.js';
import type { MasumiExtra, MasumiTerms } from './extra.js';
import { LIMITS, MIN_INTERVALS_MS, PAYMENT_TYPE } from './parameters.js';
import {
  boundedArray,
  closedObject,
  literal,
  lowercaseHex,
  misshapen,
  NotOfShape,
  type Place,
  text,
} from './shape.js';

const HASH_32 = { min: 32, max: 32 };
const HASH_28 = { min: 28, max: 28 };
const SHORTEST_BUYER_NONCE = 2 * 7;
const LONGEST_BUYER_NONCE_BYTES = 13;
const POSITIVE = /^[1-9][0-9]*$/;
const NON_NEGATIVE = /^(?:0|[1-9][0-9]*)$/;

/** A part's content, never quoted: it is the buyer's request. */
function content(
  place: Place,
  canonicalization: CommitmentPart['canonicalization'],
): { readonly value: unknown } {
  const { value, path } = place;
  if (canonicalization === 'raw' && typeof value !== 'string')
    throw new NotOfShape(`${path}: expected unpadded base64url, found another type`);
  if (!nestsAtMost(LIMITS.contentDepth, value))
    throw new NotOfShape(`${path}: expected at most ${LIMITS.contentDepth} levels of nesting, found more`);
  return { value };
}

function commitmentPart(place: Place): CommitmentPart {
  const found = closedObject(place, ['name', 'canonicalization', 'digest'], ['mediaType', 'content']);
  const { value } = found.canonicalization;
  const canonicalization =
    value === 'jcs' || value === 'raw' ? value : misshapen(found.canonicalization, 'jcs or raw');
  const nameLimit = LIMITS.partNameCharacters;
  const mediaTypeLimit = LIMITS.mediaTypeCharacters;
  return {
    name: text(found.name, {
      pattern: /./su,
      maxLength: nameLimit,
      expected: `text of 1 to ${nameLimit} characters`,
    }),
    canonicalization,
    mediaType:
      found.mediaType &&
      text(found.mediaType, {
        maxLength: mediaTypeLimit,
        expected: `text of at most ${mediaTypeLimit} characters`,
      }),
    content: found.content && content(found.content, canonicalization),
    digest: lowercaseHex(found.digest, HASH_32),
  };
}

function inputCommitment(place: Place): InputCommitment {
  const found = closedObject(place, ['version', 'algorithm', 'parts', 'digest']);
  literal(found.version, '1');
  literal(found.algorithm, 'sha256');
  const parts = boundedArray(found.parts, LIMITS.commitmentParts).map(commitmentPart);
  const names = parts.map(({ name }) => name);
  if (new Set(names).size !== names.length) misshapen(found.parts, 'parts with unique names');
  return { parts, digest: lowercaseHex(found.digest, HASH_32) };
}

/**
 * An address that works in every step of an escrow. Its payment credential is a key, because the contract pays only keys.
 * Its stake credential, if any, is a key too, because Masumi's tools write no other into the datums of later steps.
 */
function keyAddress(place: Place, network: Network): ShelleyAddress {
  const expected = `an address of ${network} with key credentials`;
  if (typeof place.value !== 'string') return misshapen(place, expected);
  const address = parseShelleyAddress(place.value);
  if (!address.ok || address.value.networkId !== networkIdOf(network)) return misshapen(place, expected);
  const { payment, stake } = address.value;
  const credentials = [payment, ...(stake === undefined ? [] : [stake])];
  return credentials.every(({ kind }) => kind === 'key') ? address.value : misshapen(place, expected);
}

function posixMs(place: Place): bigint {
  const expected = 'POSIX milliseconds as a positive decimal without leading zeros';
  return BigInt(text(place, { pattern: POSITIVE, maxLength: LIMITS.integerDigits, expected }));
}

function buyerNonce(place: Place): string {
  const nonce = lowercaseHex(place, { min: 0, max: LONGEST_BUYER_NONCE_BYTES });
  const isLegal = nonce === '' || nonce.length >= SHORTEST_BUYER_NONCE;
  return isLegal ? nonce : misshapen(place, 'nothing or lowercase hex of 7 to 13 bytes');
}

function checkIntervals(terms: MasumiTerms, path: string): void {
  const { payByTime, submitResultTime, unlockTime, externalDisputeUnlockTime } = terms;
  const intervals = [
    ['submitResultTime', submitResultTime, payByTime + MIN_INTERVALS_MS.payToSubmitResult],
    ['unlockTime', unlockTime, submitResultTime + MIN_INTERVALS_MS.submitResultToUnlock],
    ['externalDisputeUnlockTime', externalDisputeUnlockTime, unlockTime + MIN_INTERVALS_MS.unlockToDispute],
  ] as const;
  for (const [name, found, earliest] of intervals) {
    if (found < earliest)
      throw new NotOfShape(`${path}.${name}: expected at least ${earliest}, found ${found}`);
  }
}

function readTerms(place: Place, network: Network, commitment: InputCommitment): MasumiTerms {
  const found = closedObject(
    place,
    [
      'version',
      'paymentType',
      'sellerAddress',
      'sellerNonce',
      'buyerNonce',
      'inputHash',
      'payByTime',
      'submitResultTime',
      'unlockTime',
      'externalDisputeUnlockTime',
    ],
    ['sellerReturnAddress', 'agentIdentifier'],
  );
  literal(found.version, '1');
  literal(found.paymentType, PAYMENT_TYPE);
  const { agentIdentifier, sellerReturnAddress } = found;
  const agent = agentIdentifier === undefined || agentIdentifier.value === null ? undefined : agentIdentifier;
  const terms: MasumiTerms = {
    asSigned: place.value as Readonly<Record<string, unknown>>,
    seller: keyAddress(found.sellerAddress, network),
    sellerReturn: sellerReturnAddress && keyAddress(sellerReturnAddress, network),
    sellerNonce: lowercaseHex(found.sellerNonce, HASH_32),
    buyerNonce: buyerNonce(found.buyerNonce),
    agentIdentifier:
      agent === undefined ? '' : lowercaseHex(agent, { min: 0, max: LIMITS.agentIdentifierCharacters / 2 }),
    inputHash: literal(found.inputHash, commitment.digest),
    payByTime: posixMs(found.payByTime),
    submitResultTime: posixMs(found.submitResultTime),
    unlockTime: posixMs(found.unlockTime),
    externalDisputeUnlockTime: posixMs(found.externalDisputeUnlockTime),
  };
  checkIntervals(terms, place.path);
  return terms;
}

/**
 * Reads the parameters of a deployment, in requirements as well as in an operator's configuration.
 *
 * @throws NotOfShape
 */
function readDeployment(place: Place): MasumiDeployment {
  const found = closedObject(place, ['requiredAdmins', 'adminVkeys', 'cooldownPeriod']);
  const adminVkeys = boundedArray(found.adminVkeys, LIMITS.adminKeys).map((key) =>
    lowercaseHex(key, HASH_28),
  );
  const admins = `a decimal from 1 to ${adminVkeys.length}, the number of adminVkeys`;
  const requiredAdmins = text(found.requiredAdmins, { pattern: POSITIVE, maxLength: 3, expected: admins });
  if (Number(requiredAdmins) > adminVkeys.length) misshapen(found.requiredAdmins, admins);
  const cooldownPeriod = text(found.cooldownPeriod, {
    pattern: NON_NEGATIVE,
    maxLength: LIMITS.integerDigits,
    expected: 'milliseconds as a decimal without leading zeros',
  });
  return { requiredAdmins, adminVkeys, cooldownPeriod };
}

function described<Value>(read: () => Value): Result<Value, string> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof NotOfShape) return err(error.message);
    throw error;
  }
}

/**
 * The parameters of a deployment as an operator's configuration lists them.
 *
 * @returns the deployment, or what is wrong, with its place.
 */
export function parseMasumiDeployment(value: unknown, path: string): Result<MasumiDeployment, string> {
  return described(() => readDeployment({ value, path }));
}

const COSE_BYTES = { min: 1, max: LIMITS.coseBytes };

/**
 * Reads `paymentRequirements.extra` of a Masumi payment: closed objects, types, sizes and the order of the deadlines.
 * A rule of its own judges the confirmation policy in it.
 *
 * @returns the parts, or what is wrong: place, expected and found.
 */
export function readMasumiExtra(extra: unknown, network: Network): Result<MasumiExtra, string> {
  return described(() => {
    const found = closedObject(
      { value: extra, path: 'paymentRequirements.extra' },
      [
        'assetTransferMethod',
        'inputCommitment',
        'terms',
        'referenceKey',
        'referenceSignature',
        'blockchainIdentifier',
      ],
      ['confirmationPolicy', 'areFeesSponsored', 'deployment'],
    );
    if (found.areFeesSponsored !== undefined) literal(found.areFeesSponsored, false);
    const commitment = inputCommitment(found.inputCommitment);
    return {
      inputCommitment: commitment,
      terms: readTerms(found.terms, network, commitment),
      referenceKey: lowercaseHex(found.referenceKey, COSE_BYTES),
      referenceSignature: lowercaseHex(found.referenceSignature, COSE_BYTES),
      blockchainIdentifier: lowercaseHex(found.blockchainIdentifier, { min: 1, max: LIMITS.identifierBytes }),
      deployment: found.deployment && readDeployment(found.deployment),
    };
  });
}
