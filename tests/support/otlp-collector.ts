import { startReceiver } from './receiver.js';

/** A received span, with the resource attributes of its process. */
export type ReceivedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** OTLP's numbers: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
};

/** Plays an operator's collector: OTLP over HTTP in JSON, stored as received. */
export type OtlpCollector = {
  readonly endpoint: string;
  spans(): readonly ReceivedSpan[];
  /** Everything that was sent, as text. */
  raw(): string;
  close(): Promise<void>;
};

type Attribute = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };
type Export = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly status?: { readonly code?: number };
        readonly attributes: readonly Attribute[];
      }[];
    }[];
  }[];
};

const FAILED = 2;

export async function startOtlpCollector(): Promise<OtlpCollector> {
  const receiver = await startReceiver();
  return {
    endpoint: receiver.url,
    spans: () =>
      receiver
        .bodies('/v1/traces')
        .flatMap((body) => (JSON.parse(body) as Export).resourceSpans)
        .flatMap(({ resource, scopeSpans }) =>
          scopeSpans
            .flatMap(({ spans }) => spans)
            .map((span) => ({
              traceId: span.traceId,
              spanId: span.spanId,
              parentSpanId: span.parentSpanId,
              name: span.name,
              kind: span.kind,
              startMs: Number(span.startTimeUnixNano) / 1e6,
              endMs: Number(span.endTimeUnixNano) / 1e6,
              failed: span.status?.code === FAILED,
              attributes: valuesOf(span.attributes),
              resource: valuesOf(resource.attributes),
            })),
        ),
    raw: receiver.raw,
    close: receiver.close,
  };
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
