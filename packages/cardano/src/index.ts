export { ASSET_LABELS, isKnownAsset, KNOWN_ASSET_IDS, knownAsset } from './assets/index.js';
export {
  type Address,
  addressOf,
  parseAddress,
  parseRewardAddress,
  parseShelleyAddress,
  type ShelleyAddress,
} from './ledger/address/index.js';
export {
  bytesOf,
  type CborArray,
  type CborMap,
  type CborNode,
  encodeArray,
  encodeBytes,
  encodeHead,
  readCbor,
} from './ledger/cbor/index.js';
export type {
  AssetFact,
  ChainAsset,
  ChainOutput,
  ChainPoint,
  FollowedFact,
  NetworkFacts,
  OutputFact,
  OutputFacts,
  ProtocolParameters,
  Rational,
  ReferenceScript,
} from './ledger/facts/index.js';
export {
  type EraSummary,
  NETWORKS,
  type Network,
  networkIdOf,
  parseNetwork,
  slotAt,
  slotStartMs,
  type Timeline,
} from './ledger/network/index.js';
export {
  HIGHEST_JUDGED_PROTOCOL_VERSION,
  invalidSigners,
  isUnknownProtocolVersion,
  judgePhase1,
  type LedgerFailure,
  type LedgerInput,
  minimumFee,
  minimumLovelace,
  namedOutputs,
} from './ledger/phase-1/index.js';
export type { Phase2Outcome, Phase2Question } from './ledger/phase-2/index.js';
export { verifyEd25519 } from './ledger/primitives/ed25519.js';
export {
  type AssetId,
  blake2b224,
  blake2b256,
  fromHex,
  isTxHash,
  LOVELACE,
  lovelace,
  nativeAssetId,
  type OutRef,
  type OutRefKey,
  outRefKey,
  parseAssetId,
  parseOutRef,
  parseTxHash,
  type Slot,
  slot,
  type TxHash,
  toHex,
} from './ledger/primitives/index.js';
export { checkSignedData } from './ledger/signed-data/index.js';
export { assembleWitness } from './ledger/transaction/assemble-witness.js';
export {
  createdOutputs,
  decodeTransaction,
  readCreatedOutputs,
  type Transaction,
  type TransactionOutput,
} from './ledger/transaction/index.js';
export {
  publicResource,
  RECEIPT_VERSION,
  type Receipt,
  receiptSchema,
  receiptText,
  type SignedReceipt,
  signedReceiptSchema,
  type VerifiedReceipt,
  verifyReceipt,
} from './receipts/index.js';
export { DONE, err, ok, type Result } from './result.js';
export { payingOutputs } from './schemes/exact/facts/paying-outputs.js';
export { leastPrice } from './schemes/exact/least-price.js';
export { deriveMasumiEscrows, parseMasumiDeployment } from './schemes/exact/methods/index.js';
export { minAdaOfPayment, SPONSORSHIP_EXTENSION } from './schemes/exact/sponsorship/index.js';
export { ACCEPTED, type KnownPayment } from './schemes/known-payment.js';
export type { MasumiDeployment, MasumiEscrow, VerificationPolicy } from './schemes/policy.js';
export { type Refusal, refuse } from './schemes/refusal.js';
export type { SchemeRegistry } from './schemes/registry.js';
export { otherVersionIn, type PaymentRequest } from './schemes/request.js';
export type {
  Accepted,
  AcceptedCommitment,
  AcceptedPayment,
  ChannelChange,
  CommitmentRequest,
  Followed,
  LedgerOpinion,
  LedgerStep,
  OutputsCheckFacts,
  OutputsStep,
  Scheme,
  SchemeCodes,
  Verdict,
} from './schemes/scheme.js';
export type { SponsoredCost, SponsorshipFact } from './schemes/sponsorship.js';
export { SUPPORTED_SCHEMES } from './supported-schemes.js';
export { describeIssues, pathOf } from './validation/index.js';
