import { AsyncLocalStorage } from 'node:async_hooks';

/** A position in a trace, in the terms of W3C Trace Context. */
export type TracePosition = {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** Bit 0: record this trace. */
  readonly traceFlags: number;
  /** It came from another process. */
  readonly isRemote?: boolean | undefined;
};

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads a `traceparent` header (W3C Trace Context, 3.2).
 *
 * @returns undefined for anything else: a payment must not fail because of it.
 */
export function parseTraceparent(header: unknown): TracePosition | undefined {
  if (typeof header !== 'string') return undefined;
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Version 00 has exactly these fields, later ones may have more, and ff is invalid.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

/** The `traceparent` that continues a trace from here. */
export function formatTraceparent({ traceId, spanId, traceFlags }: TracePosition): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
}

const positions = new AsyncLocalStorage<TracePosition>();

/** The running code's position in a trace; undefined outside of one. */
export function currentPosition(): TracePosition | undefined {
  return positions.getStore();
}

/** Runs `run`, and everything that it starts, at a position in a trace. */
export function runAt<Result>(position: TracePosition, run: () => Result): Result {
  return positions.run(position, run);
}

/** The trace fields of a log line; undefined outside of a trace. */
export function traceFields(
  position: TracePosition | undefined = currentPosition(),
): { readonly traceId: string; readonly spanId: string } | undefined {
  return position === undefined ? undefined : { traceId: position.traceId, spanId: position.spanId };
}

/**
 * The trace fields of a log line about a settlement: of the running trace, else of the one in its record. The follower
 * works on many settlements at once, each with its own trace.
 */
export function traceFieldsOf({ traceparent }: { readonly traceparent?: string | undefined }) {
  return traceFields(currentPosition() ?? parseTraceparent(traceparent));
}
