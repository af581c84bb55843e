import { numberRules, stage } from '../../stage.js';
import type {
  ChainFacts,
  EncodedTransaction,
  PayerKnown,
  RequestFacts,
  TransactionFacts,
} from '../facts/facts.js';
import type { MethodChecksKnown } from '../facts/transfer-method.js';
import { bodyConsistency } from './body-consistency.js';
import { confirmationPolicy } from './confirmation-policy.js';
import { decode } from './decode.js';
import { network, scheme, version } from './envelope.js';
import { feeMaximum, feeMinimum } from './fee.js';
import { inputReserved, inputsAvailable } from './inputs.js';
import { ledger } from './ledger.js';
import { method } from './method.js';
import { minUtxo } from './min-utxo.js';
import { networkId } from './network-id.js';
import { nonce, nonceInInputs, nonceOnChain } from './nonce.js';
import { payload } from './payload.js';
import { payment } from './payment.js';
import { phase2Flag } from './phase-2-flag.js';
import { plainPayment } from './plain-payment.js';
import { allowedAsset, price } from './price.js';
import { signatures, signed } from './signatures.js';
import { timeout } from './timeout.js';
import { methodChain, methodRequirements, methodTransaction, methodValidity } from './transfer-method.js';
import { validityInterval } from './validity-interval.js';
import { valueConserved } from './value-conserved.js';

/** Rules on requirements, which may have no payment yet. */
export const requirementsStage = stage<RequestFacts>()
  .rule(scheme)
  .rule(network)
  .rule(price)
  .rule(confirmationPolicy)
  .rule(method)
  .rule(timeout)
  .rule(allowedAsset);

/** Rules that need nothing of the chain. */
export const requestStage = stage<RequestFacts>()
  .rule(version)
  .stage(requirementsStage)
  .rule(payload)
  .rule(nonce)
  .rule(methodRequirements);

/** The rule that needs the network's limit on the size. */
export const encodingStage = stage<EncodedTransaction>().rule(decode);

/** Rules on the transaction that do not need the outputs that it names. */
export const transactionStage = stage<TransactionFacts & MethodChecksKnown>()
  .rule(networkId)
  .rule(signed)
  .rule(signatures)
  .rule(bodyConsistency)
  .rule(nonceInInputs)
  .rule(phase2Flag)
  .rule(methodValidity)
  .rule(validityInterval)
  .rule(plainPayment)
  .rule(payment)
  .rule(feeMaximum)
  .rule(methodTransaction);

/** Rules that need the outputs that the transaction names. */
export const outputsStage = stage<ChainFacts & MethodChecksKnown>()
  .rule(nonceOnChain)
  .rule(inputsAvailable)
  .rule(inputReserved)
  .rule(valueConserved)
  .rule(feeMinimum)
  .rule(minUtxo);

/** Rules that run last, because they cost most. */
export const ledgerStage = stage<ChainFacts & PayerKnown & MethodChecksKnown>()
  .rule(ledger)
  .rule(methodChain);

/** Every rule, numbered in the order in which payments meet them (docs/verification.md). */
export const RULES = numberRules(requestStage, encodingStage, transactionStage, outputsStage, ledgerStage);
