import {
  type ChainOutput,
  createdOutputs,
  decodeTransaction,
  encodeArray,
  judgePhase1,
  type LedgerInput,
  type OutRef,
  type OutRefKey,
  outRefKey,
  type Timeline,
  type Transaction,
} from '@x402-facilitator/cardano';
import { cbor, judgePhase2, phase2Question } from '@x402-facilitator/cardano/testing';

/** What a public vector says about a transaction. */
export type Expectation =
  | { readonly kind: 'accepted' }
  /** With the ledger's name of the failed predicate, where the vector gives one. */
  | { readonly kind: 'refused'; readonly predicate?: string }
  | { readonly kind: 'undecodable' };

/** What came of one judgement. */
export type Finding =
  | { readonly kind: 'agreed' }
  | { readonly kind: 'differed'; readonly expected: string; readonly found: string }
  /** Not a payment. */
  | { readonly kind: 'out of scope'; readonly why: string };

/** Names of amaru's where the ledger's own differ. */
const LEDGER_NAMES: Readonly<Record<string, string>> = {
  MissingVerificationKeyWitnessesUTXOW: 'MissingVKeyWitnessesUTXOW',
  WrongNetworkInTxOutput: 'WrongNetwork',
};

function textOf(expectation: Expectation): string {
  if (expectation.kind !== 'refused') return expectation.kind;
  return expectation.predicate ?? 'refused';
}

/** Why a transaction is none that pays by the schemes here: it is refused whatever the ledger says. */
function outOfScope(
  { isValid, forbiddenFields }: Transaction,
  { predicate }: { readonly predicate?: string },
) {
  if (!isValid) return 'the phase-2 flag is false';
  const [field] = forbiddenFields.filter((name) => name !== 'mint');
  if (field !== undefined) return `${field.replace('_', ' ')} in the body`;
  // The TTL of a payment is at most maxTimeoutSeconds ahead.
  if (predicate === 'OutsideForecast') return 'a TTL beyond what a node can tell the time of';
  return undefined;
}

/** Too long metadata is refused by the decoder here, and by a rule in a node. */
function isRefusedWhileDecoding(expectation: Expectation): boolean {
  if (expectation.kind !== 'refused') return expectation.kind === 'undecodable';
  return expectation.predicate === undefined || expectation.predicate === 'InvalidMetadata';
}

/** Compares what is expected of a transaction's bytes with what phase 1 says. */
export function compare(
  bytes: Uint8Array,
  expectation: Expectation,
  context: Omit<LedgerInput, 'transaction'>,
): Finding {
  const decoded = decodeTransaction(bytes);
  const expected = textOf(expectation);
  if (!decoded.ok)
    return isRefusedWhileDecoding(expectation)
      ? { kind: 'agreed' }
      : { kind: 'differed', expected, found: `undecodable: ${decoded.error}` };
  if (expectation.kind === 'undecodable') return { kind: 'differed', expected, found: 'decodable' };
  const transaction = decoded.value;
  const why = outOfScope(transaction, expectation.kind === 'refused' ? expectation : {});
  if (why !== undefined) return { kind: 'out of scope', why };
  const input = { ...context, transaction };
  const inPhase1 = judgePhase1(input);
  const failures = inPhase1.length > 0 ? inPhase1 : scriptFailures(input);
  const found = failures.length === 0 ? 'accepted' : failures.map(({ rule }) => rule).join(', ');
  if (expectation.kind === 'accepted')
    return failures.length === 0 ? { kind: 'agreed' } : { kind: 'differed', expected, found };
  if (failures.length === 0) return { kind: 'differed', expected, found };
  const { predicate } = expectation;
  const name = predicate === undefined ? undefined : (LEDGER_NAMES[predicate] ?? predicate);
  const isNamed = name === undefined || failures.some(({ rule }) => rule === name);
  return isNamed ? { kind: 'agreed' } : { kind: 'differed', expected, found };
}

/** Slots of a second from the beginning of time: the vectors' scripts look at no other clock. */
const TIMELINE: Timeline = {
  systemStartMs: 0,
  eras: [
    { start: { seconds: 0, slot: 0, epoch: 0 }, end: null, slotLengthSeconds: 1, epochLengthSlots: 86_400 },
  ],
};

function scriptFailures(input: LedgerInput): readonly { readonly rule: string }[] {
  if (input.transaction.redeemers.length === 0) return [];
  const outcome = judgePhase2(phase2Question({ ...input, timeline: TIMELINE }));
  if (outcome.kind === 'satisfied') return [];
  // A node says so of a transaction whose scripts fail though its flag says that they succeed.
  return [{ rule: outcome.kind === 'failed' ? 'ValidationTagMismatch' : outcome.rule }];
}

/** An output's own bytes as the chain would hold it. */
export function outputOf(bytes: Uint8Array, outRef: OutRef): ChainOutput {
  const body = cbor.map([
    [cbor.int(0), cbor.array([])],
    [cbor.int(1), cbor.array([bytes])],
    [cbor.int(2), cbor.int(0)],
  ]);
  const decoded = decodeTransaction(encodeArray([body, cbor.map([]), cbor.TRUE, cbor.NULL]));
  if (!decoded.ok) throw new Error(`output of ${outRefKey(outRef)}: ${decoded.error}`);
  const [output] = createdOutputs(decoded.value);
  if (output === undefined) throw new Error('a transaction with one output creates it');
  return { ...output, outRef };
}

/** What a transaction leaves of the unspent outputs. */
export function applied(
  outputs: ReadonlyMap<OutRefKey, ChainOutput>,
  transaction: Transaction,
): Map<OutRefKey, ChainOutput> {
  const after = new Map(outputs);
  const { isValid, inputs, collateralInputs } = transaction;
  for (const ref of isValid ? inputs : collateralInputs) after.delete(outRefKey(ref));
  for (const output of createdOutputs(transaction)) after.set(outRefKey(output.outRef), output);
  return after;
}
