import { err, ok, type Result } from '@x402-facilitator/cardano';
import {
  type DueEvent,
  decodeNamedFields,
  TEST_EVENT,
  type WebhookAttempt,
  type WebhookEndpoint,
  type WebhookEvent,
  type WebhookStore,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import type { Logger, WebhookMetrics } from '@x402-facilitator/shared/telemetry';
import { isoTime, toStatusResponse, type WebhookBody } from '@x402-facilitator/shared/wire';
import pMap from 'p-map';
import { nextAttemptMs, retryAfterMs } from './back-off.js';
import { readEndpointUrl } from './endpoint-url.js';
import { sendOnce } from './send.js';
import { secretOf, signedHeaders } from './sign.js';

/** After this time a turn begins no further attempt: other endpoints wait. */
const TURN_MS = 5_000;
/** Settlements that are looked at together, for each attempt at a time. */
const LANES_PER_TAKE = 16;
/** More than any answer of /status. */
const MAX_BODY_BYTES = 65_536;

export type DeliveryOptions = {
  readonly store: Pick<WebhookStore, 'read' | 'take' | 'record'>;
  readonly settings: Config['webhooks'];
  /** What the secrets of endpoints are made of. An event is signed by what each makes. */
  readonly masterSecrets: readonly string[];
  readonly metrics: Pick<WebhookMetrics, 'attempted'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Set once the worker stops: no further attempt begins. */
  readonly stopping: AbortSignal;
  /** POSIX milliseconds. */
  readonly now: () => number;
  readonly send?: typeof sendOnce;
  /** In [0, 1). */
  readonly random?: () => number;
};

/**
 * One endpoint's turn: sends what is due, of each settlement one event after the other, and of several settlements at a time.
 * An endpoint has one turn at a time, so no more connections than `webhooks.concurrency`, and it ends soon, so a slow
 * endpoint keeps others waiting for seconds at most.
 *
 * @throws JournalUnavailableError when Redis does not answer: what was sent and not recorded is sent again.
 */
export function createDelivery(options: DeliveryOptions): (endpointId: string) => Promise<void> {
  const { store, settings, masterSecrets, metrics, logger, stopping, now } = options;
  const { send = sendOnce, random = Math.random } = options;
  const { concurrency, retry, timeoutMs, allowPrivateNetworks } = settings;

  /** @returns the status and what the endpoint asks for, or why there is none. */
  const post = async (endpoint: WebhookEndpoint, id: string, event: WebhookEvent) => {
    const url = readEndpointUrl(endpoint.url, settings);
    if (!url.ok) return err(`its URL is refused: ${url.error}`);
    const body = bodyOf(event);
    if (!body.ok) return body;
    const atMs = now();
    const { salt, previousSalt, previousUntilMs = 0 } = endpoint;
    const salts = previousSalt !== undefined && atMs < previousUntilMs ? [salt, previousSalt] : [salt];
    const secrets = masterSecrets.flatMap((master) =>
      salts.map((each) => secretOf(master, endpoint.id, each)),
    );
    const sent = await send({
      url: url.value,
      body: body.value,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'x402-facilitator-webhooks',
        ...signedHeaders(secrets, { id, atMs, body: body.value }),
      },
      timeoutMs,
      allowPrivateNetworks,
    });
    return sent.kind === 'answered' ? ok(sent) : err(sent.problem);
  };

  const attempt = async (endpoint: WebhookEndpoint, due: DueEvent): Promise<WebhookAttempt> => {
    const { id, event, attempts: before } = due;
    // Without an id no worker can name it.
    if (id === '') return { kind: 'forgotten', problem: UNREADABLE };
    const answer = event === undefined ? err(UNREADABLE) : await post(endpoint, id, event);
    const status = answer.ok ? answer.value.status : undefined;
    if (status !== undefined && status >= 200 && status < 300) return { kind: 'delivered' };
    const problem = answer.ok ? `status ${status}` : answer.error;
    const attempts = before + 1;
    if (status === 410) return { kind: 'stopped', problem, attempts };
    if (event?.type === TEST_EVENT) return { kind: 'forgotten', problem };
    const nowMs = now();
    const queuedAtMs = event?.queuedAtMs ?? nowMs;
    const nextAtMs = nextAttemptMs({ attempts, queuedAtMs, nowMs, retry, random });
    if (nextAtMs === undefined) return { kind: 'dead', problem };
    const asksToWait = answer.ok && (status === 429 || status === 503);
    const notBeforeMs = asksToWait ? retryAfterMs(answer.value.retryAfter, nowMs, retry) : undefined;
    return {
      kind: 'failed',
      problem,
      attempts,
      nextAtMs,
      ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    };
  };

  const tell = ({ key }: WebhookEndpoint, { id, event, attempts }: DueEvent, what: WebhookAttempt) => {
    const outcome = what.kind === 'forgotten' ? 'failed' : what.kind;
    metrics.attempted(outcome);
    const line = {
      ...(event !== undefined && 'txHash' in event ? { transaction: event.txHash } : {}),
      metadata: {
        key,
        webhook: id,
        type: event?.type,
        attempt: attempts + 1,
        ...('problem' in what ? { problem: what.problem } : {}),
        ...(what.kind === 'failed' ? { nextAt: isoTime(what.nextAtMs) } : {}),
      },
    };
    if (what.kind === 'delivered') logger.info(line, 'webhook delivered');
    else if (what.kind === 'dead') logger.error(line, 'webhook given up: it waits for `ops webhooks replay`');
    else if (what.kind === 'stopped') logger.error(line, 'webhook endpoint stopped: it answered 410');
    else logger.warn(line, 'webhook not delivered');
  };

  return async (endpointId) => {
    const endpoint = await store.read(endpointId);
    if (endpoint === undefined) return;
    const endsAtMs = performance.now() + TURN_MS;
    let isHeldBack = false;
    const mayGoOn = () => !isHeldBack && !stopping.aborted && performance.now() < endsAtMs;
    const deliverLane = async (first: DueEvent) => {
      let next: DueEvent | undefined = first;
      while (next !== undefined && mayGoOn()) {
        const what = await attempt(endpoint, next);
        if (what.kind === 'stopped' || (what.kind === 'failed' && what.notBeforeMs !== undefined))
          isHeldBack = true;
        const sent: DueEvent = next;
        next = await store.record(endpointId, sent, what);
        tell(endpoint, sent, what);
      }
    };
    const most = concurrency * LANES_PER_TAKE;
    let due: readonly DueEvent[];
    do {
      due = await store.take(endpointId, most);
      await pMap(due, deliverLane, { concurrency });
    } while (due.length === most && mayGoOn());
  };
}

const UNREADABLE = 'this version cannot read the event';

/** The same text at every attempt: it is made of what the event keeps. */
function bodyOf(event: WebhookEvent): Result<string, string> {
  const { type, atMs } = event;
  const timestamp = isoTime(atMs);
  if (type === TEST_EVENT) return ok(JSON.stringify({ type, timestamp, data: {} } satisfies WebhookBody));
  const reading = decodeNamedFields(event.network, event.txHash, event.record);
  if (!reading.ok) return err(`${UNREADABLE}: ${reading.error.reason}`);
  if (reading.value === undefined) return err(UNREADABLE);
  const body: WebhookBody = { type, timestamp, data: toStatusResponse(reading.value) };
  const text = JSON.stringify(body);
  return Buffer.byteLength(text) <= MAX_BODY_BYTES
    ? ok(text)
    : err(`expected a body of at most ${MAX_BODY_BYTES} bytes`);
}
