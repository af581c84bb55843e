import type { Rule } from '../../rule.js';
import { allowedAsset } from './allowed-asset.js';
import { bodyConsistency } from './body-consistency.js';
import { confirmationPolicy } from './confirmation-policy.js';
import { decode } from './decode.js';
import { feeMaximum } from './fee-maximum.js';
import { feeMinimum } from './fee-minimum.js';
import { inputReserved } from './input-reserved.js';
import { inputsAvailable } from './inputs-available.js';
import { ledger } from './ledger.js';
import { method } from './method.js';
import { minUtxo } from './min-utxo.js';
import { network } from './network.js';
import { networkId } from './network-id.js';
import { nonce } from './nonce.js';
import { nonceInInputs } from './nonce-in-inputs.js';
import { nonceOnChain } from './nonce-on-chain.js';
import { methodChain, methodRequirements, methodTransaction } from './own-rules-of-method.js';
import { payload } from './payload.js';
import { payment } from './payment.js';
import { phase2Flag } from './phase-2-flag.js';
import { plainPayment } from './plain-payment.js';
import { price } from './price.js';
import { scheme } from './scheme.js';
import { signatures } from './signatures.js';
import { signed } from './signed.js';
import { timeout } from './timeout.js';
import { validityInterval } from './validity-interval.js';
import { valueConserved } from './value-conserved.js';
import { version } from './version.js';

/** Rules that need nothing of the chain. */
export const REQUEST_RULES = {
  version,
  scheme,
  network,
  price,
  confirmationPolicy,
  method,
  timeout,
  allowedAsset,
  payload,
  nonce,
  methodRequirements,
};

/** Rules about the transaction that need no output of the chain. */
export const TRANSACTION_RULES = {
  decode,
  networkId,
  signed,
  signatures,
  bodyConsistency,
  nonceInInputs,
  phase2Flag,
  validityInterval,
  plainPayment,
  payment,
  feeMaximum,
  methodTransaction,
};

/** Rules about the transaction and the outputs that it names. */
export const CHAIN_RULES = {
  nonceOnChain,
  inputsAvailable,
  inputReserved,
  valueConserved,
  feeMinimum,
  minUtxo,
  ledger,
  methodChain,
};

/**
 * Every rule by number, which is the order in which payments meet them; the parts of rule 29 that need no chain fact come
 * before the chain is read (docs/verification.md).
 */
export const RULES: readonly Rule[] = [
  ...new Map(
    [REQUEST_RULES, TRANSACTION_RULES, CHAIN_RULES]
      .flatMap((stage): Rule[] => Object.values(stage))
      .map((rule) => [rule.number, rule] as const)
      .toSorted(([one], [other]) => one - other),
  ).values(),
];
