import { type Asking, ChainProviderError, parseJson, type SubmitOutcome } from '../provider/index.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import { lastingRefusals, unquoted } from './lasting-refusals.js';
import { outcomeOfStatus } from './outcome.js';
import { safeLine } from './safe-line.js';
import { errorSchema, txHash } from './schemas.js';

/**
 * Words by which a node's ledger or decoder speaks about the transaction itself. A 400 without any of them may come
 * from a gateway, a proxy or the submission service.
 */
const LEDGER_WORDS =
  /ShelleyTxValidationError|ApplyTxError|TxValidationErrorInCardanoMode|TxCmdTxSubmitValidationError|TxCmdTxReadError|transaction read error|DecoderFailure|DecoderError|DeserialiseFailure|TxSubmitDecode|ConwayUtxow?Failure|ConwayMempoolFailure|(?:BadInputs|ValueNotConserved|OutsideValidityInterval|FeeTooSmall)UTxO/;

/** The server found this very transaction by its id. "All inputs are spent" does not count: another one may spend them. */
const ALREADY_KNOWN =
  /\b(?:transaction|tx) (?:is )?already (?:known|in (?:the )?(?:mempool|ledger))|\bduplicate (?:tx|transaction)\b/i;

/** A full mempool answers 425, which some gateways turn into a 400. It says nothing about the transaction. */
const MEMPOOL_FULL = /mempool is (?:already )?full/i;

/** Neither does this: the same bytes may be valid after a hard fork. */
const ERA_MISMATCH = /EraMismatch/;

/**
 * Submits signed bytes and judges the answer (docs/settlement.md).
 *
 * Only a 400 with a ledger's or a decoder's own words is a rejection, and `LASTING_REFUSALS` says which ones last. After 402, 403, 418, 425, 429, 5xx, a time-out, a
 * lost connection or an unreadable answer a node may have the transaction. "All inputs are spent. Transaction has
 * probably already been included" is a rejection in the node's words: this transaction or another one may have spent
 * them, and only a look at the chain tells which.
 */
export async function submitTransaction(
  client: HttpClient,
  bytes: Uint8Array,
  options: {
    readonly asking: Asking;
    readonly path: string;
    readonly timeoutMs: number;
    readonly secret: string | undefined;
  },
): Promise<SubmitOutcome> {
  try {
    const answer = await client.call({
      asking: options.asking,
      operation: 'submit',
      path: options.path,
      body: { type: 'application/cbor', bytes },
      timeoutMs: options.timeoutMs,
    });
    return judge(answer, options.secret);
  } catch (error) {
    if (!(error instanceof ChainProviderError)) throw error;
    const { message, outcome, retryAfterMs } = error;
    return {
      kind: 'ambiguous',
      message,
      ...(outcome === undefined ? {} : { outcome }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
}

function judge(answer: HttpAnswer, secret: string | undefined): SubmitOutcome {
  const { status, body, retryAfterMs } = answer;
  const words = messageIn(answer);
  const message = safeLine(words, secret);
  const ownWords = unquoted(words);
  const ambiguous: SubmitOutcome = {
    kind: 'ambiguous',
    message: `HTTP ${status}: ${message}`,
    status,
    outcome: status >= 200 && status < 300 ? 'malformed' : outcomeOfStatus(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  if (status >= 200 && status < 300) {
    const submitted = txHash.safeParse(body);
    return submitted.success ? { kind: 'accepted', txHash: submitted.data } : ambiguous;
  }
  if (status !== 400 && status !== 409) return ambiguous;
  if (ALREADY_KNOWN.test(ownWords)) return { kind: 'already-known', message };
  if (status !== 400 || MEMPOOL_FULL.test(ownWords) || ERA_MISMATCH.test(ownWords)) return ambiguous;
  return LEDGER_WORDS.test(ownWords)
    ? { kind: 'rejected', message, lasting: lastingRefusals(words) }
    : ambiguous;
}

/** The error's message. Blockfrost gives the node's words as a JSON string inside the JSON string. */
function messageIn({ body, text }: HttpAnswer): string {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return text;
  const { message } = parsed.data;
  if (!message.startsWith('"')) return message;
  const inner = parseJson(message);
  return typeof inner === 'string' ? inner : message;
}
