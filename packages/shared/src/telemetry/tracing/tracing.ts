import type { TracePosition } from './trace-position.js';

/** Values from fixed sets, and public facts. Never a payload, a header or an error's text. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export type SpanOptions = {
  readonly kind?: SpanKindName | undefined;
  /** The span it is part of; the running one when left out. */
  readonly parent?: TracePosition | undefined;
  readonly attributes?: SpanAttributes | undefined;
};

/** A span that the caller ends. */
export type OpenSpan = {
  readonly position: TracePosition;
  /** @param end.failed the kind of failure, from a fixed set; unset on success. */
  end(end?: {
    readonly name?: string | undefined;
    readonly attributes?: SpanAttributes | undefined;
    readonly failed?: string | undefined;
  }): void;
};

/** Where spans go; unset where no receiver of traces is configured. */
export interface Tracing {
  /** @param name from a fixed set: what is done, never to which thing. */
  start(name: string, options?: SpanOptions): OpenSpan;
  /** Runs `run` inside a span and gives it the span's position. The span ends with it, as failed when it throws. */
  inSpan<Result>(name: string, options: SpanOptions, run: (position: TracePosition) => Result): Result;
  /** A span that has already ended. Times are POSIX milliseconds. */
  record(
    name: string,
    span: SpanOptions & {
      readonly startMs: number;
      readonly endMs: number;
      readonly failed?: string | undefined;
    },
  ): void;
}
