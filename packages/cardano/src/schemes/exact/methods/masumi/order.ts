import type { Network } from '../../../../ledger/network/network.js';
import type { AssetId } from '../../../../ledger/primitives/asset.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';
import { checkSignedData, type SignedData } from '../../../../ledger/signed-data/index.js';
import { ok, type Result } from '../../../../result.js';
import type { MasumiEscrow } from '../../../policy.js';
import { type Refusal, refuse as refuseWith } from '../../../refusal.js';
import type { PaymentRequest } from '../../../request.js';
import type { RefusalCode } from '../../facts/codes.js';
import { checkCommitment } from './commitment.js';
import { escrowAddress, escrowOf } from './deployment.js';
import { checkIntervals, type MasumiExtra, readMasumiExtra, termsDigestOf } from './extra.js';
import { checkIdentifier } from './identifier.js';
import { REGISTRY_POLICY_ID } from './parameters.js';
import { registryAssetOf } from './registry.js';

const P = 'invalid_exact_cardano_payload_masumi';
const R = 'invalid_exact_cardano_requirements_masumi';
const EXTRA = 'paymentRequirements.extra';

const refuse = refuseWith<RefusalCode>;

/** What a seller asks for, with everything proven that the requirements can prove alone. */
export type SoundOrder = {
  readonly extra: MasumiExtra;
  /** Identifies the terms, which only one transaction may ever pay. Lowercase hex. */
  readonly termsDigest: string;
  /** Where the funds are locked, and who arbitrates. */
  readonly escrow: MasumiEscrow;
  /** The seller's entry in the registry, where it claims one. Only the chain can say whether it is there. */
  readonly registryAsset: AssetId | undefined;
};

export type OrderFacts = {
  readonly requirements: PaymentRequest['paymentRequirements'];
  readonly network: Network;
  /** Escrows that are trusted besides the canonical one. */
  readonly trusted: readonly MasumiEscrow[];
  readonly verify: SignedData['verify'];
};

/** Judges the requirements; mistakes in them are the seller's. */
export function soundOrder(facts: OrderFacts): Result<SoundOrder, Refusal> {
  const { requirements, network } = facts;
  const read = readMasumiExtra(requirements.extra, network);
  if (!read.ok) return refuse(`${R}_schema`, read.error);
  const extra = read.value;
  const intervals = checkIntervals(extra.terms);
  if (!intervals.ok) return refuse(`${P}_deadline`, `${EXTRA}.terms.${intervals.error}`);
  const commitment = checkCommitment(extra.inputCommitment, `${EXTRA}.inputCommitment`);
  if (!commitment.ok) return refuse(`${R}_commitment`, commitment.error);
  const signed = checkSeller(facts, extra);
  if (!signed.ok) return signed;
  const { terms, referenceKey, referenceSignature, blockchainIdentifier } = extra;
  const { sellerNonce, agentIdentifier, buyerNonce } = terms;
  const registryAsset = registryAssetOf(agentIdentifier);
  if (agentIdentifier !== '' && registryAsset === undefined) {
    const expected = `an asset of the Masumi V2 registry ${REGISTRY_POLICY_ID}`;
    const message = `${EXTRA}.terms.agentIdentifier: expected ${expected}, found ${agentIdentifier}`;
    return refuse(`${R}_agent_identifier`, message);
  }
  const identifier = checkIdentifier(blockchainIdentifier, {
    sellerNonce,
    agentIdentifier,
    buyerNonce,
    referenceSignature,
    referenceKey,
    contractAddress: requirements.payTo,
  });
  if (identifier.ok) return ok({ extra, ...signed.value, registryAsset });
  return refuse(`${R}_identifier`, `${EXTRA}.blockchainIdentifier: expected ${identifier.error}`);
}

function checkSeller(
  { requirements, network, trusted, verify }: OrderFacts,
  extra: MasumiExtra,
): Result<Pick<SoundOrder, 'termsDigest' | 'escrow'>, Refusal> {
  const { terms, signedTerms, referenceKey, referenceSignature } = extra;
  const escrow = escrowOf(extra.deployment, network, trusted);
  if (!escrow.ok) return refuse(`${R}_deployment`, `${EXTRA}.deployment: ${escrow.error}`);
  const address = escrowAddress(escrow.value, network);
  if (requirements.payTo !== address) {
    const message = `expected the escrow of the deployment, ${address}, found ${requirements.payTo}`;
    return refuse(`${R}_deployment`, `paymentRequirements.payTo: ${message}`);
  }
  const termsDigest = termsDigestOf(requirements, signedTerms);
  if (termsDigest === undefined)
    return refuse(`${R}_schema`, `${EXTRA}.terms: expected values with a canonical JSON form, found others`);
  const signature = checkSignedData({
    key: bytesOfHex(referenceKey),
    signature: bytesOfHex(referenceSignature),
    address: terms.sellerAddress,
    payload: bytesOfHex(termsDigest),
    payloadName: `the termsDigest ${termsDigest}`,
    verify,
  });
  if (signature.ok) return ok({ termsDigest, escrow: escrow.value });
  return refuse(`${R}_seller_signature`, `${EXTRA}.referenceKey and referenceSignature: ${signature.error}`);
}

function bytesOfHex(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new RangeError('expected hex');
  return bytes;
}
