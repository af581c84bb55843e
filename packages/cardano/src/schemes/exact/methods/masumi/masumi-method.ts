import { parseAddress } from '../../../../ledger/address/index.js';
import { verifyEd25519 } from '../../../../ledger/primitives/ed25519.js';
import { DONE, err, ok, type Result } from '../../../../result.js';
import type { Refusal } from '../../../refusal.js';
import type { RefusalCode } from '../../facts/codes.js';
import type {
  Checked,
  MethodChainFacts,
  MethodChecks,
  MethodTransactionFacts,
  TransferMethodRules,
} from '../../facts/transfer-method.js';
import type { MasumiExtra } from './extra.js';
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
import { type SoundOrder, soundOrder } from './order.js';
import { checkRegistration } from './registry.js';

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

/** Judges the lock by the transaction alone: the first rule that fails. */
function checkLock(lock: Lock, facts: MethodTransactionFacts, extra: MasumiExtra): Checked {
  const checks = [
    () => checkFreshness(lock),
    () => checkDeadline(lock, facts),
    () => checkBuyerWitness(lock, facts),
    () => checkSignedFields(lock, extra),
    () => checkValue(lock, facts.terms),
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

function checkClaim(facts: MethodChainFacts, { extra }: SoundOrder, resource: string | undefined): Checked {
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
    const { request, network, policy } = facts;
    const sound = soundOrder({
      requirements: request.paymentRequirements,
      network,
      trusted: policy.masumiEscrows ?? [],
      verify: verifyEd25519,
    });
    if (!sound.ok) return sound;
    const { extra, termsDigest, registryAsset } = sound.value;
    const resource = request.paymentPayload.resource?.url;
    const { sellerAddress, sellerReturnAddress = sellerAddress } = extra.terms;
    return ok({
      termsDigest,
      otherParties: [sellerAddress.text, sellerReturnAddress.text],
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
