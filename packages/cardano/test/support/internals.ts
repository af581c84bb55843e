export { encodeNode } from '../../src/ledger/cbor/index.js';
export {
  PHASE_1_RULES,
  referenceScriptFee,
  scriptIntegrityHash,
} from '../../src/ledger/phase-1/index.js';
export { BUILTINS } from '../../src/ledger/phase-2/builtins/index.js';
export { scriptArguments, transactionInfo } from '../../src/ledger/phase-2/context/script-context.js';
export {
  type Evaluation,
  evaluate,
  isWellFormedScript,
  judgePhase2,
  phase2Question,
} from '../../src/ledger/phase-2/index.js';
export { scriptsToRun } from '../../src/ledger/phase-2/scripts-to-run.js';
export {
  applyParameters,
  encodePlutusData,
  type PlutusData,
  plutusCodeOf,
  plutusConstructor,
  readPlutusData,
} from '../../src/ledger/plutus/index.js';
export { referenceScriptOf } from '../../src/ledger/transaction/index.js';
export { batchSettlementScheme } from '../../src/schemes/batch-settlement/batch-settlement-scheme.js';
export {
  type Channel,
  capacityOf,
  channelFrom,
  readChannel,
} from '../../src/schemes/batch-settlement/channel/channel.js';
export { payableOf, reserveOf } from '../../src/schemes/batch-settlement/channel/reserve.js';
export {
  type ChannelConstants,
  type ChannelDatum,
  datumData,
  readDatum,
  type Stage,
} from '../../src/schemes/batch-settlement/codec/datum.js';
export {
  channelIdOf,
  iouMessage,
  isSignedIou,
  MAX_IOU,
} from '../../src/schemes/batch-settlement/codec/iou.js';
export {
  type ChannelRedeemer,
  readRedeemer,
  redeemerData,
  type Step,
} from '../../src/schemes/batch-settlement/codec/redeemer.js';
export { REFUSAL_CODES as CHANNEL_CODES } from '../../src/schemes/batch-settlement/facts/codes.js';
export { CHANNEL_RULES, refundForSellerStage } from '../../src/schemes/batch-settlement/rules/index.js';
export { exactScheme } from '../../src/schemes/exact/exact-scheme.js';
export type { RefusalCode } from '../../src/schemes/exact/facts/codes.js';
export {
  CANONICAL_ESCROW,
  datumAddressOf,
  decodeIdentifier,
  type EscrowDatum,
  encodeIdentifier,
  escrowAddress,
  escrowDatumData,
  inputHashOf,
  MASUMI_BLUEPRINT,
  type MasumiIdentifier,
  REGISTRY_POLICY_ID,
  readEscrowDatum,
  TRANSFER_METHOD_NAMES,
  TRANSFER_METHODS,
  termsDigestOf,
} from '../../src/schemes/exact/methods/index.js';

import {
  encodingStage,
  ledgerStage,
  outputsStage,
  requestStage,
  transactionStage,
} from '../../src/schemes/exact/rules/index.js';

export { RULES } from '../../src/schemes/exact/rules/index.js';
/** The stages of the exact scheme, by what their rules need. */
export const STAGES = {
  request: requestStage,
  'the network’s limits': encodingStage,
  transaction: transactionStage,
  outputs: outputsStage,
  ledger: ledgerStage,
};

export { FEE_SPONSOR_RULES } from '../../src/schemes/exact/fee-sponsor/index.js';
export { JUDGED_BEFORE } from '../../src/schemes/exact/rules/judged-before.js';
export { SPONSORSHIP_RULES } from '../../src/schemes/exact/sponsorship/index.js';
export { refuse } from '../../src/schemes/refusal.js';
export { createSchemeRegistry } from '../../src/schemes/registry.js';
export { PASSED, type Rule } from '../../src/schemes/rule.js';
export type {
  OutputsCheckFacts,
  OutputsStep,
  RequestStep,
  ReservedInput,
  Scheme,
  TransactionCheckFacts,
  TransactionStep,
} from '../../src/schemes/scheme.js';
export type { SponsoredInput } from '../../src/schemes/sponsorship.js';
export { numberRules, stage } from '../../src/schemes/stage.js';
