import {
  type ChainOutput,
  type OutRef,
  outRefKey,
  parseAddress,
  type Transaction,
} from '@x402-facilitator/cardano';
import { hasDuplicates, isReadNoMore } from './next-version.js';
import type { Question } from './question.js';
import type { Answer } from './scalus/ask.js';
import { COST_MODEL_LENGTHS } from './scalus/parameters.js';

/** A question and what came of it. */
export type Asked = {
  readonly question: Question;
  readonly transaction: Transaction;
  readonly answer: Answer;
};

/** Something that the other implementation cannot judge, or judges in another way than the ledger does. */
export type Gap = {
  readonly name: string;
  readonly why: string;
  /** The ledger's source that decides. */
  readonly source: string;
  /** Whether an answer is not to be believed for it. */
  readonly applies: (asked: Asked) => boolean;
};

/** Predicates that look at the sum of all redeemers' budgets. */
const PRICED_BY_BUDGETS: readonly string[] = [
  'FeeTooSmallUTxO',
  'ExUnitsTooBigUTxO',
  'InsufficientCollateral',
];

/** A constant of Conway's ledger, `maxRefScriptSizePerTx`. */
const MAX_REFERENCE_SCRIPT_BYTES = 204_800;

function isSaid({ answer }: Asked, what: RegExp): boolean {
  return answer.kind === 'failed' && what.test(answer.message);
}

/** Phase 1 let it pass, so that its scripts ran. */
function ranScripts({ transaction, answer }: Asked): boolean {
  return transaction.redeemers.length > 0 && (answer.kind === 'accepted' || isPhase2(answer));
}

function isPhase2(answer: Answer): boolean {
  return answer.kind === 'refused' && answer.reason.phase === 2;
}

/** The outputs that a transaction spends and references, each as often as it names it. */
function visible({ question, transaction }: Asked): ChainOutput[] {
  const known = new Map(question.outputs.map((output) => [outRefKey(output.outRef), output]));
  return [...transaction.inputs, ...transaction.referenceInputs].flatMap(
    (ref: OutRef) => known.get(outRefKey(ref)) ?? [],
  );
}

function byronRoots({ question }: Asked): ReadonlySet<string> {
  const addresses = question.outputs.map(({ address }) => parseAddress(address));
  return new Set(
    addresses.flatMap((address) =>
      address.ok && address.value.kind === 'byron' ? [address.value.root] : [],
    ),
  );
}

const MALFORMED: readonly string[] = [
  'MalformedScriptWitnesses',
  'MalformedReferenceScripts',
  'InvalidMetadata',
];
/** It takes more bytes than these to nest as deep as it does not read. */
const LARGE_SCRIPT_BYTES = 1000;

function hasLargeScript({ scriptWitnesses, outputs, auxiliaryDataBytes }: Transaction): boolean {
  const sizes = [
    ...scriptWitnesses.map(({ bytes }) => bytes.length / 2),
    ...outputs.map(({ scriptRef }) => scriptRef?.length ?? 0),
    auxiliaryDataBytes?.length ?? 0,
  ];
  return sizes.some((size) => size >= LARGE_SCRIPT_BYTES);
}

const KEY_HASH = /\b[0-9a-f]{56}\b/g;

/** The keys whose witnesses it misses, where that is what it refuses for. */
function missedKeys({ answer }: Asked): readonly string[] {
  if (answer.kind !== 'refused' || answer.reason.rule !== 'MissingVKeyWitnessesUTXOW') return [];
  return answer.reason.message.match(KEY_HASH) ?? [];
}

function hasPointer(asked: Asked): boolean {
  const texts = [...visible(asked), ...asked.transaction.outputs].map(({ address }) => address);
  return texts.some((text) => {
    const address = parseAddress(text);
    return address.ok && address.value.kind === 'shelley' && address.value.stake?.kind === 'pointer';
  });
}

/** Everything that is known of it. An answer that one of these explains says nothing about a transaction. */
export const GAPS: readonly Gap[] = [
  {
    name: 'parameters',
    why: 'it is given parameters by taking the place of its own: three cost models of usual lengths, whole prices of reference scripts',
    source: 'Conway PParams: a network may have no cost model for a language, and any rational price',
    applies: ({ question: { parameters } }) => {
      const { plutusV1, plutusV2, plutusV3 } = parameters.costModels;
      const { numerator, denominator } = parameters.referenceScriptCostPerByte;
      const isUsual = (model: readonly number[] | undefined) =>
        model !== undefined &&
        model.length >= COST_MODEL_LENGTHS.least &&
        model.length <= COST_MODEL_LENGTHS.most;
      return ![plutusV1, plutusV2, plutusV3].every(isUsual) || numerator % denominator !== 0n;
    },
  },
  {
    name: 'indefiniteLengths',
    why: 'it does not read a body or a witness set of indefinite length',
    source: 'cardano-ledger-binary `decodeMapLen`: both lengths',
    applies: (asked) => isSaid(asked, /Borer.* but got Start of unbounded (?:Map|Array)/),
  },
  {
    name: 'nesting',
    why: 'it does not read what is nested more than a thousand deep',
    source: 'cardano-ledger-core `Timelock`: no bound besides the size',
    applies: (asked) => isSaid(asked, /Borer.* maximum array\/map nesting levels/),
  },
  {
    name: 'threeParts',
    why: 'it does not read a transaction of three parts',
    source: 'Dijkstra Tx: the phase-2 flag is not part of it from protocol version 12 on',
    applies: ({ question, transaction }) =>
      !transaction.statesPhase2Flag && question.parameters.protocolVersion.major >= 12,
  },
  {
    name: 'duplicateElements',
    why: 'it reads a set that holds an element twice',
    source: 'cardano-ledger-binary `decodeSetEnforceNoDuplicates`, from protocol version 9 on',
    applies: ({ transaction }) =>
      [
        transaction.inputs.map(outRefKey),
        transaction.referenceInputs.map(outRefKey),
        transaction.collateralInputs.map(outRefKey),
        transaction.requiredSigners,
      ].some(hasDuplicates),
  },
  {
    name: 'nextVersion',
    why: 'it takes at protocol version 12 what it takes before',
    source:
      'Alonzo and Dijkstra TxWits, Mary Value, Dijkstra Utxo: what is refused from protocol version 12 on',
    applies: ({ question, transaction, answer }) =>
      answer.kind === 'accepted' &&
      question.parameters.protocolVersion.major >= 12 &&
      isReadNoMore(transaction),
  },
  {
    name: 'duplicateRedeemers',
    why: 'it adds up what redeemers for the same purpose and index may spend, where a node before version 12 takes the last',
    source: 'Alonzo TxWits `Redeemers`: a map; `totExUnits` adds up its values',
    applies: ({ transaction, answer }) =>
      transaction.hasDuplicateRedeemers &&
      answer.kind === 'refused' &&
      PRICED_BY_BUDGETS.includes(answer.reason.rule),
  },
  {
    name: 'bootstrapWitnesses',
    why: 'it misses the key of a Byron output, whose owner signs by a bootstrap witness',
    source: 'Shelley UTxO `witsVKeyNeeded`, `keyHashWitnessesTxWits`: a bootstrap witness counts by its root',
    applies: (asked) => {
      const roots = byronRoots(asked);
      const expected = new Set(asked.question.expectedSigners);
      const missed = missedKeys(asked);
      return (
        missed.some((hash) => roots.has(hash)) &&
        missed.every((hash) => roots.has(hash) || expected.has(hash))
      );
    },
  },
  {
    name: 'expectedSigners',
    why: 'it cannot be told of a witness that is yet to come',
    source: 'none: a node is given witnessed transactions only',
    applies: (asked) => {
      const missed = missedKeys(asked);
      return missed.length > 0 && missed.every((hash) => asked.question.expectedSigners.includes(hash));
    },
  },
  {
    name: 'programs',
    why: 'it finds no program in a script with builtins 88 to 100, or with one that is nested thousands deep',
    source:
      'plutus-ledger-api `builtinsIntroducedIn`: protocol version 11; flat has no bound besides the size',
    applies: ({ question, transaction, answer }) =>
      answer.kind === 'refused' &&
      MALFORMED.includes(answer.reason.rule) &&
      (question.parameters.protocolVersion.major >= 11 || hasLargeScript(transaction)),
  },
  {
    name: 'prices',
    why: 'it prices some builtins as before protocol version 11',
    source: 'plutus-core `builtinCostModelC`: strings, `divideInteger` and its like by other shapes',
    applies: ({ question, answer }) =>
      isPhase2(answer) &&
      answer.kind === 'refused' &&
      answer.reason.message.includes('Out of budget') &&
      question.parameters.protocolVersion.major >= 11,
  },
  {
    name: 'transactionSize',
    why: 'it limits the size of the transaction as it would write it, with the phase-2 flag',
    source: 'Alonzo Tx `toCBORForSizeComputation`: the bytes as they stand, without the flag',
    applies: ({ question, transaction, answer }) => {
      const isTooLarge = transaction.ledgerSize > question.parameters.maxTransactionBytes;
      if (answer.kind !== 'refused') return answer.kind === 'accepted' && isTooLarge;
      return answer.reason.rule === 'MaxTxSizeUTxO' && !isTooLarge;
    },
  },
  {
    name: 'referenceScriptSize',
    why: 'it has no limit for the bytes of all reference scripts',
    source: 'Conway Ledger `validateRefScriptSize`',
    applies: (asked) => {
      const bytes = visible(asked).reduce(
        (sum, { referenceScript }) => sum + (referenceScript?.bytes.length ?? 0) / 2,
        0,
      );
      const { maxReferenceScriptBytes = MAX_REFERENCE_SCRIPT_BYTES } = asked.question.parameters;
      const hasPassed = asked.answer.kind === 'accepted' || isPhase2(asked.answer);
      return hasPassed && bytes > maxReferenceScriptBytes;
    },
  },
  {
    name: 'spentAndReferenced',
    why: 'it shows a Plutus V3 script an output that is spent and referenced',
    source: 'Conway TxInfo `ReferenceInputsNotDisjointFromInputs`, from protocol version 11 on',
    applies: (asked) => {
      const { transaction, question } = asked;
      const spent = new Set(transaction.inputs.map(outRefKey));
      const scripts = [
        ...transaction.scriptWitnesses,
        ...visible(asked).flatMap(({ referenceScript }) => referenceScript ?? []),
      ];
      return (
        ranScripts(asked) &&
        scripts.some(({ language }) => language === 'plutusV3') &&
        question.parameters.protocolVersion.major >= 11 &&
        transaction.referenceInputs.some((ref) => spent.has(outRefKey(ref)))
      );
    },
  },
  {
    name: 'pointers',
    why: 'it leaves the pointer out of an address that it shows a script',
    source: 'Alonzo TxInfo `transStakeReference`: `StakingPtr`',
    applies: (asked) => ranScripts(asked) && hasPointer(asked),
  },
];
