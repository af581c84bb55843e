import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  defaultStackParser,
  type Event,
  getGlobalScope,
  linkedErrorsIntegration,
  makeNodeTransport,
  NodeClient,
  Scope,
  setCurrentClient,
} from '@sentry/node';
import { SentrySpanProcessor } from '@sentry/opentelemetry';
import type { Tier } from '../../config/load-config.js';
import type { Settings } from '../../config/schema/index.js';
import { type Logger, SERVICE_NAME } from '../create-logger.js';
import { createDeliveryNotice } from '../delivery-notice.js';
import { createScrubber } from '../secrets.js';
import type { ErrorReporter, Problem } from './error-reporter.js';
import { createReportBudget } from './report-budget.js';

export type SentryReports = {
  readonly errors: ErrorReporter;
  /** Turns finished spans into Sentry's transactions. Unset when Sentry gets no share of the traces. */
  readonly spans: { readonly processor: SpanProcessor; readonly rate: number } | undefined;
  /** Sends what is not delivered yet. */
  close(timeoutMs: number): Promise<void>;
};

/** Enough to see the problem, too few to use up a quota. */
const REPORTS_PER_MINUTE = 20;

/** Parts of an event that could hold what a caller sent. */
const LEFT_OUT: ReadonlySet<string> = new Set(['request', 'user', 'extra', 'breadcrumbs']);

/**
 * Reports to Sentry through our own client, without global handlers, patched libraries or request bodies. Every event
 * passes the scrubber on its way out.
 *
 * @param options.secrets of this process; they are cut out everywhere.
 */
export function createSentryReports(options: {
  readonly dsn: string;
  readonly environment: string;
  readonly version: string;
  readonly commit?: string | undefined;
  readonly tier: Tier;
  readonly tracesSampleRate: Settings['sentry']['tracesSampleRate'];
  readonly secrets: readonly string[];
  readonly logger: Logger;
}): SentryReports {
  const { dsn, environment, version, commit, tier, tracesSampleRate, secrets, logger } = options;
  const scrub = createScrubber([...secrets, dsn]);
  const outgoing = <Kind extends Event>(event: Kind): Kind => {
    // The SDK's own notes hold the client, and are not sent.
    const { sdkProcessingMetadata, ...parts } = event;
    const kept = Object.entries(parts).filter(([name]) => !LEFT_OUT.has(name));
    return { ...(scrub(Object.fromEntries(kept)) as Kind), sdkProcessingMetadata };
  };
  const client = new NodeClient({
    dsn,
    environment,
    release: version,
    ...(commit === undefined ? {} : { dist: commit }),
    serverName: SERVICE_NAME,
    tracesSampleRate,
    sendDefaultPii: false,
    transport: makeNodeTransport,
    stackParser: defaultStackParser,
    integrations: [linkedErrorsIntegration()],
    beforeSend: outgoing,
    beforeSendTransaction: outgoing,
  });
  // Sentry's transactions find their client here.
  setCurrentClient(client);
  client.init();
  getGlobalScope().setTag('tier', tier);
  const notice = createDeliveryNotice('reports', logger);
  client.on('afterSendEvent', (_event, { statusCode }) => {
    const hasArrived = statusCode !== undefined && statusCode < 400;
    notice(hasArrived ? undefined : new Error(`Sentry answered ${statusCode ?? 'nothing'}`));
  });

  const budget = createReportBudget({ perMinute: REPORTS_PER_MINUTE, now: () => performance.now() });
  return {
    errors: {
      report(problem) {
        const admitted = budget.admit(kindOf(problem));
        if (admitted === undefined) return;
        const scope = scopeOf(problem, admitted.heldBack);
        const { error } = problem;
        // Named once more, the SDK also follows it to its causes.
        if (error instanceof Error) client.captureException(error, { originalException: error }, scope);
        else client.captureMessage(problem.what, problem.level ?? 'error', {}, scope);
      },
    },
    spans:
      tracesSampleRate === 0
        ? undefined
        : { processor: new SentrySpanProcessor({ client }), rate: tracesSampleRate },
    async close(timeoutMs) {
      await client.close(timeoutMs);
    },
  };
}

function kindOf({ what, error }: Problem): string {
  return error instanceof Error ? `${what}: ${error.name}` : what;
}

function scopeOf({ what, level = 'error', error, tags = {}, trace }: Problem, heldBack: number): Scope {
  const scope = new Scope();
  scope.setLevel(level);
  scope.setTags({ ...tags, what, ...(heldBack === 0 ? {} : { heldBack: String(heldBack) }) });
  if (!(error instanceof Error)) scope.setFingerprint([what]);
  if (trace !== undefined) scope.setContext('trace', { trace_id: trace.traceId, span_id: trace.spanId });
  return scope;
}
