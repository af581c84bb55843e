import type { TracePosition } from './trace-position.js';

/** Bounded sets and public facts only: never a payload, a header or an error's text. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export type SpanOptions = {
  readonly kind?: SpanKindName | undefined;
  /** The span it is part of; the running one when left out. */
  readonly parent?: TracePosition | undefined;
  readonly attributes?: SpanAttributes | undefined;
};

/** A span that its holder ends. */
export type OpenSpan = {
  readonly position: TracePosition;
  /** @param end.failed the kind of failure, of a bounded set; unset when it went well. */
  end(end?: {
    readonly name?: string | undefined;
    readonly attributes?: SpanAttributes | undefined;
    readonly failed?: string | undefined;
  }): void;
};

/** Where spans go; unset where no receiver of traces is configured. */
export interface Tracing {
  /** @param name of a bounded set: what is done, never to what. */
  start(name: string, options?: SpanOptions): OpenSpan;
  /** Runs `run` inside a span that ends when it does, failed when it throws; and hands its position in. */
  inSpan<Result>(name: string, options: SpanOptions, run: (position: TracePosition) => Result): Result;
  /** A span that is over already. Times are POSIX milliseconds. */
  record(
    name: string,
    span: SpanOptions & {
      readonly startMs: number;
      readonly endMs: number;
      readonly failed?: string | undefined;
    },
  ): void;
}
