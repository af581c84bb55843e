import { parseAddress } from '../../../../ledger/address/index.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';
import { checkSignedData } from '../../../../ledger/signed-data/index.js';
import { DONE, err, ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import type { RefusalCode } from '../../facts/codes.js';
import type {
  Checked,
  MethodChainFacts,
  MethodChecks,
  MethodRequestFacts,
  MethodTransactionFacts,
  TransferMethodRules,
} from '../../facts/transfer-method.js';
import { checkCommitment } from './commitment.js';
import { escrowAddress, escrowOf } from './deployment.js';
import { checkIntervals, type MasumiExtra, readMasumiExtra, termsDigestOf } from './extra.js';
import { checkIdentifier } from './identifier.js';
import {
  checkBuyerWitness,
  checkDeadline,
  checkFreshness,
  checkMinUtxo,
  checkSignedFields,
  checkValue,
  type Lock,
  lockIn,
  lockOf,
} from './lock.js';
import { REGISTRY_POLICY_ID } from './parameters.js';
import { checkRegistration, registryAssetOf } from './registry.js';

const P = 'invalid_exact_cardano_payload_masumi';
const R = 'invalid_exact_cardano_requirements_masumi';
const EXTRA = 'paymentRequirements.extra';

const CODES = [
  `${R}_schema`,
  `${R}_commitment`,
  `${R}_deployment`,
  `${R}_seller_signature`,
  `${R}_agent_identifier`,
  `${R}_identifier`,
  'duplicate_settlement',
  `${P}_escrow_output_count`,
  `${P}_datum_missing`,
  `${P}_reference_script`,
  `${P}_datum_invalid`,
  `${P}_datum_mismatch`,
  `${P}_deadline`,
  `${P}_collateral`,
  `${P}_asset`,
  `${P}_min_utxo`,
  'exact_cardano_facilitator_chain_lookup_failed',
] as const satisfies readonly RefusalCode[];

function refuse(code: (typeof CODES)[number], message: string): Result<never, Refusal> {
  return err({ code, message });
}

function bytesOfHex(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new RangeError('expected hex');
  return bytes;
}

/** Requirements that are sound, as the later steps need them. */
type SoundRequirements = {
  readonly extra: MasumiExtra;
  readonly termsDigest: string;
};

function checkSeller(
  { request, network, policy }: MethodRequestFacts,
  extra: MasumiExtra,
): Result<SoundRequirements, Refusal> {
  const { paymentRequirements } = request;
  const { terms, signedTerms, referenceKey, referenceSignature } = extra;
  const escrow = escrowOf(extra.deployment, network, policy.masumiEscrows ?? []);
  if (!escrow.ok) return refuse(`${R}_deployment`, `${EXTRA}.deployment: ${escrow.error}`);
  const address = escrowAddress(escrow.value, network);
  if (paymentRequirements.payTo !== address) {
    const message = `expected the escrow of the deployment, ${address}, found ${paymentRequirements.payTo}`;
    return refuse(`${R}_deployment`, `paymentRequirements.payTo: ${message}`);
  }
  const termsDigest = termsDigestOf(paymentRequirements, signedTerms);
  if (termsDigest === undefined)
    return refuse(`${R}_schema`, `${EXTRA}.terms: expected values with a canonical JSON form, found others`);
  const signature = checkSignedData({
    key: bytesOfHex(referenceKey),
    signature: bytesOfHex(referenceSignature),
    address: terms.sellerAddress,
    payload: bytesOfHex(termsDigest),
    payloadName: `the termsDigest ${termsDigest}`,
  });
  if (!signature.ok)
    return refuse(
      `${R}_seller_signature`,
      `${EXTRA}.referenceKey and referenceSignature: ${signature.error}`,
    );
  return ok({ extra, termsDigest });
}

/** Judges the requirements; mistakes in them are the seller's. */
function soundRequirements(facts: MethodRequestFacts): Result<SoundRequirements, Refusal> {
  const { payTo } = facts.request.paymentRequirements;
  const read = readMasumiExtra(facts.request.paymentRequirements.extra, facts.network);
  if (!read.ok) return refuse(`${R}_schema`, read.error);
  const extra = read.value;
  const intervals = checkIntervals(extra.terms);
  if (!intervals.ok) return refuse(`${P}_deadline`, `${EXTRA}.terms.${intervals.error}`);
  const commitment = checkCommitment(extra.inputCommitment, `${EXTRA}.inputCommitment`);
  if (!commitment.ok) return refuse(`${R}_commitment`, commitment.error);
  const sound = checkSeller(facts, extra);
  if (!sound.ok) return sound;
  const { terms, referenceKey, referenceSignature, blockchainIdentifier } = extra;
  if (terms.agentIdentifier !== '' && registryAssetOf(terms.agentIdentifier) === undefined) {
    const expected = `an asset of the Masumi V2 registry ${REGISTRY_POLICY_ID}`;
    const message = `${EXTRA}.terms.agentIdentifier: expected ${expected}, found ${terms.agentIdentifier}`;
    return refuse(`${R}_agent_identifier`, message);
  }
  const { sellerNonce, agentIdentifier, buyerNonce } = terms;
  const identifier = checkIdentifier(blockchainIdentifier, {
    sellerNonce,
    agentIdentifier,
    buyerNonce,
    referenceSignature,
    referenceKey,
    contractAddress: payTo,
  });
  if (identifier.ok) return sound;
  return refuse(`${R}_identifier`, `${EXTRA}.blockchainIdentifier: expected ${identifier.error}`);
}

/** Judges the lock by the transaction alone: the first rule that fails. */
function checkLock(lock: Lock, facts: MethodTransactionFacts, extra: MasumiExtra): Checked {
  const checks = [
    () => checkFreshness(lock),
    () => checkDeadline(lock, facts),
    () => checkBuyerWitness(lock, facts),
    () => checkSignedFields(lock, extra),
    () => checkValue(lock, facts),
    () => checkMinUtxo(lock, facts.networkFacts.parameters),
  ];
  for (const check of checks) {
    const checked = check();
    if (!checked.ok) return checked;
  }
  return DONE;
}

/** The payer is the escrow's buyer; the buyer chooses its own stake part. */
function checkBuyer({ datum }: Lock, payer: string): Checked {
  const { hash } = datum.buyer.payment;
  const address = parseAddress(payer);
  if (address.ok && address.value.kind === 'shelley' && address.value.payment.hash === hash) return DONE;
  const message = `transaction: expected the nonce to belong to the buyer's key ${hash}, found it at ${payer}`;
  return refuse(`${P}_datum_mismatch`, message);
}

function checkClaim(
  facts: MethodChainFacts,
  { extra }: SoundRequirements,
  resource: string | undefined,
): Checked {
  const { terms, registryAsset } = facts;
  const path = `${EXTRA}.terms.agentIdentifier`;
  if (extra.terms.agentIdentifier === '') return DONE;
  switch (registryAsset?.status) {
    case 'found': {
      const registration = checkRegistration({
        asset: registryAsset.asset,
        terms,
        seller: extra.terms.sellerAddress,
        resource,
      });
      if (registration.ok) return DONE;
      return refuse(`${R}_agent_identifier`, `${path}: ${registration.error}`);
    }
    case 'missing':
      return refuse(
        `${R}_agent_identifier`,
        `${path}: expected an asset of the registry, found none of this name`,
      );
    default: {
      const reason = registryAsset?.reason ?? 'nothing was looked up';
      return refuse('exact_cardano_facilitator_chain_lookup_failed', `could not look up ${path}: ${reason}`);
    }
  }
}

/**
 * Payment into Masumi's escrow `vested_pay`. The contract judges nothing when funds are locked: a mistake that passes here
 * loses the funds.
 */
export const masumiMethod: TransferMethodRules = {
  method: 'masumi',
  codes: CODES,
  source: 'scheme: "Masumi assetTransferMethod", additional verification rules',
  checkRequirements(facts): Result<MethodChecks, Refusal> {
    const sound = soundRequirements(facts);
    if (!sound.ok) return sound;
    const { extra, termsDigest } = sound.value;
    const registryAsset = registryAssetOf(extra.terms.agentIdentifier);
    const resource = facts.request.paymentPayload.resource?.url;
    return ok({
      termsDigest,
      ...(registryAsset === undefined ? {} : { registryAsset }),
      checkValidity({ ttl }) {
        if (ttl !== undefined) return DONE;
        return refuse(`${P}_deadline`, 'transaction: expected a TTL at or before pay_by_time, found none');
      },
      checkTransaction(transactionFacts) {
        const { termsBoundTo, transaction } = transactionFacts;
        if (termsBoundTo !== undefined && termsBoundTo !== transaction.id) {
          const message = `${EXTRA}.terms: expected terms that are not paid yet, found them bound to transaction ${termsBoundTo}`;
          return refuse('duplicate_settlement', message);
        }
        const lock = lockOf(transactionFacts);
        return lock.ok ? checkLock(lock.value, transactionFacts, extra) : lock;
      },
      checkAgainstChain(chainFacts) {
        const lock = lockIn(chainFacts.payingOutput);
        if (!lock.ok) return lock;
        const buyer = checkBuyer(lock.value, chainFacts.payer);
        return buyer.ok ? checkClaim(chainFacts, sound.value, resource) : buyer;
      },
    });
  },
};
