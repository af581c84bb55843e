import {
  type ChainOutput,
  decodeTransaction,
  fromHex,
  namedOutputs,
  type OutRefKey,
  outRefKey,
  type Transaction,
} from '@x402-facilitator/cardano';
import { type Evaluation, evaluateWithin, questionOf } from '@x402-facilitator/second-judge';
import { z } from 'zod';
import type { Ledger } from '../../ledger/index.js';
import { additionalOutput, additionalUtxo } from '../additional-utxo.js';
import { type Answer, failure, ok } from '../answer.js';
import type { Route } from '../route.js';

/** Redeemer purposes as Ogmios 5 (and so Blockfrost by default) names them, where it has another name. */
const PURPOSES: Readonly<Record<string, string>> = {
  cert: 'certificate',
  certify: 'certificate',
  reward: 'withdrawal',
  voting: 'vote',
  proposing: 'propose',
};

/** A script that loops is ended here; one within the protocol's limit takes a second at the most. */
const EVALUATION_MS = 5_000;

/** Base16 or base64 text, as both evaluation endpoints take it. */
function transactionBytes(text: string): Uint8Array {
  const trimmed = text.trim();
  return fromHex(trimmed.toLowerCase()) ?? Buffer.from(trimmed, 'base64');
}

/** The envelope of an Ogmios 5 response. */
function response(result: unknown): Answer {
  return ok({
    type: 'jsonwsp/response',
    version: '1.0',
    servicename: 'ogmios',
    methodname: 'EvaluateTx',
    result,
    reflection: null,
  });
}

function pointerTo({ purpose, index }: { readonly purpose: string; readonly index: number }): string {
  return `${PURPOSES[purpose] ?? purpose}:${index}`;
}

/** The evaluator stops at the first script that fails and does not say which, so that every redeemer gets its message. */
function renderFailure({ redeemers }: Transaction, error: string): Answer {
  const failed = redeemers.map((redeemer) => [
    pointerTo(redeemer),
    [{ validatorFailed: { error, traces: [] } }],
  ]);
  return response({ EvaluationFailure: { ScriptFailures: Object.fromEntries(failed) } });
}

function renderBudgets(evaluations: readonly Evaluation[]): Answer {
  const budgets = evaluations.map((evaluation) => [
    pointerTo(evaluation),
    { memory: Number(evaluation.memory), steps: Number(evaluation.steps) },
  ]);
  return response({ EvaluationResult: Object.fromEntries(budgets) });
}

async function evaluate(
  ledger: Ledger,
  bytes: Uint8Array,
  additional: readonly ChainOutput[],
): Promise<Answer> {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) return failure(400, `Invalid transaction: ${decoded.error}`);
  const transaction = decoded.value;
  const outputs = new Map<OutRefKey, ChainOutput>(
    additional.map((output) => [outRefKey(output.outRef), output]),
  );
  const unknown: string[] = [];
  for (const key of namedOutputs(transaction).map(outRefKey)) {
    const known = ledger.unspent(key)?.output;
    if (known !== undefined) outputs.set(key, known);
    else if (!outputs.has(key)) unknown.push(key);
  }
  if (unknown.length > 0) {
    return response({ EvaluationFailure: { UnknownInputs: unknown } });
  }
  if (transaction.redeemers.length === 0) return renderBudgets([]);
  const question = questionOf(
    {
      transaction,
      outputs,
      parameters: ledger.parameters(),
      slot: ledger.currentSlot(),
      network: ledger.profile.network,
    },
    ledger.profile.timeline,
  );
  const evaluated = await evaluateWithin(question, EVALUATION_MS);
  return evaluated.ok ? renderBudgets(evaluated.value) : renderFailure(transaction, evaluated.error);
}

const evaluationBody = z.object({
  cbor: z.string(),
  additionalUtxoSet: z.array(additionalUtxo).default([]),
});

async function evaluateWithUtxos(ledger: Ledger, body: unknown): Promise<Answer> {
  const parsed = evaluationBody.safeParse(body);
  if (!parsed.success) return failure(400, z.prettifyError(parsed.error));
  const additional: ChainOutput[] = [];
  for (const entry of parsed.data.additionalUtxoSet) {
    const output = additionalOutput(entry);
    if (!output.ok) return failure(400, `additionalUtxoSet: ${output.error}`);
    additional.push(output.value);
  }
  return evaluate(ledger, transactionBytes(parsed.data.cbor), additional);
}

export const utilRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/utils/txs/evaluate',
    handle: ({ ledger, body }) =>
      body instanceof Uint8Array
        ? evaluate(ledger, transactionBytes(Buffer.from(body).toString()), [])
        : failure(
            400,
            'Expected a transaction in base16 or base64 as application/cbor, found an empty body.',
          ),
  },
  {
    method: 'POST',
    path: '/utils/txs/evaluate/utxos',
    handle: ({ ledger, body }) => evaluateWithUtxos(ledger, body),
  },
];
