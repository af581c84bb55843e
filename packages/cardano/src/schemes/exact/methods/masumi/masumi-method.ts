import { parseAddress } from '../../../../ledger/address/index.js';
import { fromHex } from '../../../../ledger/primitives/hex.js';
import { signedDataFault } from '../../../../ledger/signed-data/index.js';
import type { RefusalCode } from '../../facts/codes.js';
import type { Refusal } from '../../facts/terms.js';
import type {
  MethodChainFacts,
  MethodChecks,
  MethodRequestFacts,
  MethodTransactionFacts,
  TransferMethodRules,
} from '../../facts/transfer-method.js';
import { commitmentFault } from './commitment.js';
import { escrowAddress, escrowOf } from './deployment.js';
import type { MasumiExtra } from './extra.js';
import { identifierFault } from './identifier.js';
import {
  buyerWitnessFault,
  deadlineFault,
  freshLockFault,
  type Lock,
  lockIn,
  lockOf,
  minUtxoFault,
  mismatchFault,
  valueFault,
} from './lock.js';
import { REGISTRY_POLICY_ID } from './parameters.js';
import { readMasumiExtra } from './read-extra.js';
import { registryAssetOf, registryFault } from './registry.js';
import { termsDigestOf } from './signed-terms.js';

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

function refuse(code: (typeof CODES)[number], message: string): Refusal {
  return { kind: 'refused', code, message };
}

function bytesOfHex(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new RangeError('expected hex');
  return bytes;
}

/** Requirements that are sound, as the later steps need them. */
type SoundRequirements = {
  readonly kind: 'sound';
  readonly extra: MasumiExtra;
  readonly termsDigest: string;
};

function checkSeller(
  { request, network, policy }: MethodRequestFacts,
  extra: MasumiExtra,
): SoundRequirements | Refusal {
  const { paymentRequirements } = request;
  const { terms, referenceKey, referenceSignature } = extra;
  const escrow = escrowOf(extra.deployment, network, policy.masumiEscrows ?? []);
  if (typeof escrow === 'string') return refuse(`${R}_deployment`, `${EXTRA}.deployment: ${escrow}`);
  const address = escrowAddress(escrow, network);
  if (paymentRequirements.payTo !== address) {
    const message = `expected the escrow of the deployment, ${address}, found ${paymentRequirements.payTo}`;
    return refuse(`${R}_deployment`, `paymentRequirements.payTo: ${message}`);
  }
  const termsDigest = termsDigestOf(paymentRequirements, terms.asSigned);
  if (termsDigest === undefined)
    return refuse(`${R}_schema`, `${EXTRA}.terms: expected values with a canonical JSON form, found others`);
  const signature = signedDataFault({
    key: bytesOfHex(referenceKey),
    signature: bytesOfHex(referenceSignature),
    address: terms.seller,
    payload: bytesOfHex(termsDigest),
    payloadName: `the termsDigest ${termsDigest}`,
  });
  if (signature !== undefined)
    return refuse(`${R}_seller_signature`, `${EXTRA}.referenceKey and referenceSignature: ${signature}`);
  return { kind: 'sound', extra, termsDigest };
}

/** Everything about the requirements; mistakes in them are the seller's. */
function soundRequirements(facts: MethodRequestFacts): SoundRequirements | Refusal {
  const { payTo } = facts.request.paymentRequirements;
  const extra = readMasumiExtra(facts.request.paymentRequirements.extra, facts.network);
  if (typeof extra === 'string') return refuse(`${R}_schema`, extra);
  const commitment = commitmentFault(extra.inputCommitment, `${EXTRA}.inputCommitment`);
  if (commitment !== undefined) return refuse(`${R}_commitment`, commitment);
  const sound = checkSeller(facts, extra);
  if (sound.kind === 'refused') return sound;
  const { terms, referenceKey, referenceSignature, blockchainIdentifier } = extra;
  if (terms.agentIdentifier !== '' && registryAssetOf(terms.agentIdentifier) === undefined) {
    const expected = `an asset of the Masumi V2 registry ${REGISTRY_POLICY_ID}`;
    const message = `${EXTRA}.terms.agentIdentifier: expected ${expected}, found ${terms.agentIdentifier}`;
    return refuse(`${R}_agent_identifier`, message);
  }
  const { sellerNonce, agentIdentifier, buyerNonce } = terms;
  const identifier = identifierFault(blockchainIdentifier, {
    sellerNonce,
    agentIdentifier,
    buyerNonce,
    referenceSignature,
    referenceKey,
    contractAddress: payTo,
  });
  if (identifier === undefined) return sound;
  return refuse(`${R}_identifier`, `${EXTRA}.blockchainIdentifier: expected ${identifier}`);
}

/** What can be said of the lock from the transaction alone. */
function lockFault(lock: Lock, facts: MethodTransactionFacts, extra: MasumiExtra): Refusal | undefined {
  return (
    freshLockFault(lock) ??
    deadlineFault(lock, facts) ??
    buyerWitnessFault(lock, facts) ??
    mismatchFault(lock, extra) ??
    valueFault(lock, facts) ??
    minUtxoFault(lock, facts.networkFacts.parameters)
  );
}

/** The payer is who the escrow will know as the buyer; the buyer's stake part is its own choice. */
function buyerFault({ datum }: Lock, payer: string): Refusal | undefined {
  const { hash } = datum.buyer.payment;
  const address = parseAddress(payer);
  if (typeof address !== 'string' && address.kind === 'shelley' && address.payment.hash === hash)
    return undefined;
  const message = `transaction: expected the nonce to belong to the buyer's key ${hash}, found it at ${payer}`;
  return refuse(`${P}_datum_mismatch`, message);
}

function claimFault(
  facts: MethodChainFacts,
  { extra }: SoundRequirements,
  resource: string | undefined,
): Refusal | undefined {
  const { terms, registryAsset } = facts;
  const path = `${EXTRA}.terms.agentIdentifier`;
  if (extra.terms.agentIdentifier === '') return undefined;
  switch (registryAsset?.status) {
    case 'found': {
      const fault = registryFault({
        asset: registryAsset.asset,
        terms,
        seller: extra.terms.seller,
        resource,
      });
      return fault === undefined ? undefined : refuse(`${R}_agent_identifier`, `${path}: ${fault}`);
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
 * Payment into Masumi's escrow `vested_pay`. The contract judges nothing when funds are locked: what is wrong here and
 * gets through is lost for good.
 */
export const masumiMethod: TransferMethodRules = {
  method: 'masumi',
  codes: CODES,
  source: 'scheme: "Masumi assetTransferMethod", additional verification rules',
  checkRequirements(facts): MethodChecks | Refusal {
    const sound = soundRequirements(facts);
    if (sound.kind === 'refused') return sound;
    const { extra, termsDigest } = sound;
    const registryAsset = registryAssetOf(extra.terms.agentIdentifier);
    const resource = facts.request.paymentPayload.resource?.url;
    return {
      termsDigest,
      ...(registryAsset === undefined ? {} : { registryAsset }),
      checkTransaction(transactionFacts) {
        const { termsBoundTo, transaction } = transactionFacts;
        if (termsBoundTo !== undefined && termsBoundTo !== transaction.id) {
          const message = `${EXTRA}.terms: expected terms that are not paid yet, found them bound to transaction ${termsBoundTo}`;
          return refuse('duplicate_settlement', message);
        }
        const lock = lockOf(transactionFacts);
        return lock.kind === 'refused' ? lock : lockFault(lock, transactionFacts, extra);
      },
      checkAgainstChain(chainFacts) {
        const lock = lockIn(chainFacts.payingOutput);
        if (lock.kind === 'refused') return lock;
        return buyerFault(lock, chainFacts.payer) ?? claimFault(chainFacts, sound, resource);
      },
    };
  },
};
