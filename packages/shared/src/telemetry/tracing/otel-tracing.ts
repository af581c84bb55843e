import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Tier } from '../../config/load-config.js';
import { type Logger, SERVICE_NAME } from '../create-logger.js';
import { createDeliveryNotice } from '../delivery-notice.js';
import { reportingExporter } from './reporting-exporter.js';
import { currentPosition, runAt, type TracePosition } from './trace-position.js';
import type { OpenSpan, SpanAttributes, SpanKindName, SpanOptions, Tracing } from './tracing.js';

export type OtelTracing = {
  readonly tracing: Tracing;
  /** Sends the remaining spans and stops recording. */
  close(): Promise<void>;
};

/** How long one delivery may take, with its retries. */
const EXPORT_TIMEOUT_MS = 5_000;

const KINDS: Readonly<Record<SpanKindName, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/**
 * Traces with OpenTelemetry's SDK, one provider for all receivers. Nothing is registered globally and no library is
 * patched: the code asks for each span.
 *
 * With an endpoint every trace is recorded, unless its caller marked it as not recorded. A share is chosen by trace id,
 * so that both tiers choose the same traces.
 *
 * @param options.endpoint OTLP over HTTP: a base URL, or the whole URL ending in `/v1/traces`.
 * @param options.sampled a receiver of a share of the traces, from 0 to 1.
 */
export function createOtelTracing(options: {
  readonly tier: Tier;
  readonly version: string;
  readonly endpoint?: string | undefined;
  readonly sampled?: { readonly processor: SpanProcessor; readonly rate: number } | undefined;
  readonly logger: Logger;
}): OtelTracing {
  const { tier, version, endpoint, sampled, logger } = options;
  const share = new TraceIdRatioBasedSampler(sampled?.rate ?? 0);
  const root = endpoint === undefined ? share : new AlwaysOnSampler();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': SERVICE_NAME,
      'service.version': version,
      'x402.tier': tier,
    }),
    sampler: new ParentBasedSampler({ root, remoteParentSampled: root }),
    spanProcessors: [
      ...(endpoint === undefined
        ? []
        : [
            new BatchSpanProcessor(
              reportingExporter(
                new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: EXPORT_TIMEOUT_MS }),
                createDeliveryNotice('traces', logger),
              ),
            ),
          ]),
      ...(sampled === undefined ? [] : [onlyShare(sampled.processor, share)]),
    ],
  });
  const tracer = provider.getTracer(SERVICE_NAME, version);

  const start = (name: string, { kind, parent, attributes }: SpanOptions, startMs?: number): Span =>
    tracer.startSpan(
      name,
      {
        kind: KINDS[kind ?? 'internal'],
        attributes: known(attributes),
        ...(startMs === undefined ? {} : { startTime: startMs }),
      },
      contextOf(parent ?? currentPosition()),
    );

  const tracing: Tracing = {
    start: (name, spanOptions = {}) => openSpan(start(name, spanOptions)),
    inSpan(name, spanOptions, run) {
      const span = start(name, spanOptions);
      const position = span.spanContext();
      const failed = (error: unknown): never => {
        fail(span, error instanceof Error ? error.name : 'Error');
        span.end();
        throw error;
      };
      try {
        const result = runAt(position, () => run(position));
        if (!(result instanceof Promise)) {
          span.end();
          return result;
        }
        return result.then((value) => {
          span.end();
          return value;
        }, failed) as typeof result;
      } catch (error) {
        return failed(error);
      }
    },
    record(name, { startMs, endMs, failed, ...spanOptions }) {
      const span = start(name, spanOptions, startMs);
      if (failed !== undefined) fail(span, failed);
      span.end(Math.max(startMs, endMs));
    },
  };
  return { tracing, close: () => provider.shutdown() };
}

/** The endpoint is a base as in OTEL_EXPORTER_OTLP_ENDPOINT: the signal's path is added to it. */
export function tracesUrl(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '');
  return base.endsWith('/v1/traces') ? base : `${base}/v1/traces`;
}

function openSpan(span: Span): OpenSpan {
  return {
    position: span.spanContext(),
    end({ name, attributes, failed } = {}) {
      if (name !== undefined) span.updateName(name);
      if (attributes !== undefined) span.setAttributes(known(attributes));
      if (failed !== undefined) fail(span, failed);
      span.end();
    },
  };
}

/** Records only the kind of failure, because an error's message may quote a request. */
function fail(span: Span, type: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', type);
}

function contextOf(position: TracePosition | undefined): Context {
  if (position === undefined) return ROOT_CONTEXT;
  const { isRemote = false, ...place } = position;
  return trace.setSpanContext(ROOT_CONTEXT, { ...place, isRemote });
}

function known(attributes: SpanAttributes = {}): Attributes {
  return attributes as Attributes;
}

/** Lets through the spans of the traces in the share. */
function onlyShare(processor: SpanProcessor, share: Sampler): SpanProcessor {
  const isIn = (traceId: string) =>
    share.shouldSample(ROOT_CONTEXT, traceId, '', SpanKind.INTERNAL, {}, []).decision ===
    SamplingDecision.RECORD_AND_SAMPLED;
  return {
    onStart(span, context) {
      if (isIn(span.spanContext().traceId)) processor.onStart(span, context);
    },
    onEnd(span) {
      if (isIn(span.spanContext().traceId)) processor.onEnd(span);
    },
    forceFlush: () => processor.forceFlush(),
    async shutdown() {
      // Shutdown alone would drop the waiting spans.
      await processor.forceFlush();
      await processor.shutdown();
    },
  };
}
