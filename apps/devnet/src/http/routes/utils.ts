import {
  type ChainOutput,
  decodeTransaction,
  fromHex,
  namedOutputs,
  type OutRefKey,
  outRefKey,
} from '@x402-facilitator/cardano';
import { z } from 'zod';
import { additionalOutput, additionalUtxo, type Evaluation, evaluateScripts } from '../../evaluate/index.js';
import type { Ledger } from '../../ledger/index.js';
import { type Answer, failure, ok } from '../answer.js';
import type { Route } from '../route.js';

/** Redeemer purposes as Ogmios 5 (and so Blockfrost by default) names them. */
const PURPOSES: Readonly<Record<Evaluation['purpose'], string>> = {
  Spend: 'spend',
  Mint: 'mint',
  Cert: 'certificate',
  Reward: 'withdrawal',
  Vote: 'vote',
  Propose: 'propose',
};

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

function render(evaluations: readonly Evaluation[]): Answer {
  const pointer = ({ purpose, index }: Evaluation) => `${PURPOSES[purpose]}:${index}`;
  const failed = evaluations.flatMap((evaluation) =>
    evaluation.kind === 'failed'
      ? [[pointer(evaluation), [{ validatorFailed: { error: evaluation.message, traces: [] } }]] as const]
      : [],
  );
  if (failed.length > 0) {
    return response({ EvaluationFailure: { ScriptFailures: Object.fromEntries(failed) } });
  }
  const budgets = evaluations.flatMap((evaluation) =>
    evaluation.kind === 'evaluated'
      ? [[pointer(evaluation), { memory: evaluation.memory, steps: evaluation.steps }] as const]
      : [],
  );
  return response({ EvaluationResult: Object.fromEntries(budgets) });
}

function evaluate(ledger: Ledger, bytes: Uint8Array, additional: readonly ChainOutput[]): Answer {
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
  const evaluations = evaluateScripts(transaction, outputs, ledger.parameters());
  return typeof evaluations === 'string'
    ? response({ EvaluationFailure: { CannotCreateEvaluationContext: { reason: evaluations } } })
    : render(evaluations);
}

const evaluationBody = z.object({
  cbor: z.string(),
  additionalUtxoSet: z.array(additionalUtxo).default([]),
});

function evaluateWithUtxos(ledger: Ledger, body: unknown): Answer {
  const parsed = evaluationBody.safeParse(body);
  if (!parsed.success) return failure(400, z.prettifyError(parsed.error));
  const additional = parsed.data.additionalUtxoSet.map(additionalOutput);
  const wrong = additional.find((output) => typeof output === 'string');
  if (wrong !== undefined) return failure(400, `additionalUtxoSet: ${wrong}`);
  return evaluate(
    ledger,
    transactionBytes(parsed.data.cbor),
    additional.filter((output) => typeof output !== 'string'),
  );
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
