import { ChainProviderError, type SubmitOutcome } from '../provider.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import { outcomeOfStatus } from './outcome.js';
import { providerWords } from './provider-words.js';
import { errorSchema, submittedSchema } from './schemas.js';

/**
 * Words by which a node's ledger or decoder speaks about the transaction itself. A 400 without any of them may come
 * from a gateway, a proxy or the submission service, and then says nothing about the transaction.
 */
const VERDICT =
  /ShelleyTxValidationError|ApplyTxError|TxValidationErrorInCardanoMode|TxCmdTxSubmitValidationError|TxCmdTxReadError|transaction read error|DecoderFailure|DecoderError|DeserialiseFailure|TxSubmitDecode|ConwayUtxow?Failure|ConwayMempoolFailure|(?:BadInputs|ValueNotConserved|OutsideValidityInterval|FeeTooSmall)UTxO/;

/** A server that found this very transaction by its id. "All inputs are spent" is not among them: a rival spends too. */
const ALREADY_KNOWN =
  /\b(?:transaction|tx) (?:is )?already (?:known|in (?:the )?(?:mempool|ledger))|\bduplicate (?:tx|transaction)\b/i;

/** Full mempools answer 425; some gateways wrap it into a 400. It passes, so it is no verdict. */
const MEMPOOL_FULL = /mempool is (?:already )?full/i;

/** Which era the node is in passes too: the same bytes may be good on the other side of a hard fork. */
const ERA_MISMATCH = /EraMismatch/;

/**
 * Submits signed bytes and judges the answer (docs/settlement.md, "submitting → …").
 *
 * Only 400 with a ledger's or a decoder's own words is a rejection. 402, 403, 418, 425, 429, 5xx, a time-out, a lost
 * connection or an unreadable answer leave it open whether a node has the transaction. "All inputs are spent.
 * Transaction has probably already been included" is a rejection in the node's words: this transaction or a rival may
 * have spent them, and only a look at the chain tells which.
 */
export async function submitTransaction(
  client: HttpClient,
  bytes: Uint8Array,
  options: { readonly path: string; readonly timeoutMs: number; readonly secret: string | undefined },
): Promise<SubmitOutcome> {
  try {
    const answer = await client.call({
      operation: 'submit',
      path: options.path,
      body: { type: 'application/cbor', bytes },
      timeoutMs: options.timeoutMs,
    });
    return judge(answer, providerWords(wordsOf(answer), options.secret));
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

function judge({ status, body, retryAfterMs }: HttpAnswer, message: string): SubmitOutcome {
  const ambiguous: SubmitOutcome = {
    kind: 'ambiguous',
    message: `HTTP ${status}: ${message}`,
    status,
    outcome: status >= 200 && status < 300 ? 'malformed' : outcomeOfStatus(status),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  if (status >= 200 && status < 300) {
    const submitted = submittedSchema.safeParse(body);
    return submitted.success ? { kind: 'accepted', txHash: submitted.data } : ambiguous;
  }
  if (status !== 400 && status !== 409) return ambiguous;
  if (ALREADY_KNOWN.test(message)) return { kind: 'already-known', message };
  if (status !== 400 || MEMPOOL_FULL.test(message) || ERA_MISMATCH.test(message)) return ambiguous;
  return VERDICT.test(message) ? { kind: 'rejected', message } : ambiguous;
}

/** The error's message; Blockfrost passes the node's words on as a JSON string inside the JSON string. */
function wordsOf({ body, text }: HttpAnswer): string {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return text;
  const { message } = parsed.data;
  if (!message.startsWith('"')) return message;
  try {
    const inner: unknown = JSON.parse(message);
    return typeof inner === 'string' ? inner : message;
  } catch {
    return message;
  }
}
