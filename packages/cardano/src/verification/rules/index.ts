import type { Rule } from '../rule.js';
import { version } from './01-version.js';
import { scheme } from './02-scheme.js';
import { network } from './03-network.js';
import { price } from './04-price.js';
import { confirmationPolicy } from './05-confirmation-policy.js';
import { method } from './06-method.js';
import { timeout } from './07-timeout.js';
import { allowedAsset } from './08-allowed-asset.js';
import { payload } from './09-payload.js';
import { nonce } from './10-nonce.js';
import { decode } from './11-decode.js';
import { networkId } from './12-network-id.js';
import { signed } from './13-signed.js';
import { signatures } from './14-signatures.js';
import { bodyConsistency } from './15-body-consistency.js';
import { nonceInInputs } from './16-nonce-in-inputs.js';
import { phase2Flag } from './17-phase-2-flag.js';
import { validityInterval } from './18-validity-interval.js';
import { plainPayment } from './19-plain-payment.js';
import { payment } from './20-payment.js';
import { feeMaximum } from './21-fee-maximum.js';
import { nonceOnChain } from './22-nonce-on-chain.js';
import { inputsAvailable } from './23-inputs-available.js';
import { inputReserved } from './24-input-reserved.js';
import { valueConserved } from './25-value-conserved.js';
import { feeMinimum } from './26-fee-minimum.js';
import { minUtxo } from './27-min-utxo.js';
import { ledger } from './28-ledger.js';
import { methodChain, methodRequirements, methodTransaction } from './29-method.js';

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
