import { DECODER_FAILURE, type LedgerFailure, type SubmitResult } from '../ledger/index.js';
import { type Answer, failure, ok } from './answer.js';

/** How many eras the node's decoder tries before it gives up. */
const ERAS_TRIED = 6;

/** The answer of `cardano-submit-api` to bytes that are not a transaction. Blockfrost passes its JSON on as text. */
function readError(message: string): string {
  const attempt = `DecoderErrorDeserialiseFailure "Shelley Tx" (DeserialiseFailure 0 "${message}")`;
  return JSON.stringify({
    contents: { contents: Array<string>(ERAS_TRIED).fill(attempt), tag: 'TxCmdTxReadError' },
    tag: 'TxSubmitFail',
  });
}

/** Its answer to a transaction that the ledger refuses. */
function validationError(texts: readonly string[]): string {
  return JSON.stringify({
    contents: {
      contents: {
        contents: { era: 'ShelleyBasedEraConway', error: texts, kind: 'ShelleyTxValidationError' },
        tag: 'TxValidationErrorInCardanoMode',
      },
      tag: 'TxCmdTxSubmitValidationError',
    },
    tag: 'TxSubmitFail',
  });
}

function refusal(failures: readonly LedgerFailure[]): string {
  const unreadable = failures.find(({ rule }) => rule === DECODER_FAILURE);
  return unreadable === undefined
    ? validationError(failures.map(({ text }) => text))
    : readError(unreadable.text);
}

/**
 * The answer of Koios's `POST /submittx`: exactly that of `cardano-submit-api`. There a full mempool is an ordinary
 * error.
 */
export function answerOfKoiosSubmission(result: SubmitResult): Answer {
  switch (result.kind) {
    case 'accepted':
      return { status: 202, body: result.id };
    case 'refused':
      return { status: 400, body: JSON.parse(refusal(result.failures)) };
    case 'undecodable':
      return { status: 400, body: JSON.parse(readError(result.message)) };
    case 'mempool-full':
      return failure(500, 'MempoolTxTooLarge');
  }
}

/** The answer of Blockfrost's `POST /tx/submit`. */
export function answerOfSubmission(result: SubmitResult): Answer {
  switch (result.kind) {
    case 'accepted':
      return ok(result.id);
    case 'refused':
      return failure(400, refusal(result.failures));
    case 'undecodable':
      return failure(400, readError(result.message));
    case 'mempool-full':
      return failure(425);
  }
}
