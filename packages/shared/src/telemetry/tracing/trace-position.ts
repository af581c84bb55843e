import { AsyncLocalStorage } from 'node:async_hooks';

/** A place in a trace, as W3C Trace Context says it. */
export type TracePosition = {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** Bit 0: the trace is to be recorded. */
  readonly traceFlags: number;
  /** It came over the wire. */
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

/** The running code's place in a trace; undefined outside of one. */
export function currentPosition(): TracePosition | undefined {
  return positions.getStore();
}

/** Runs `run`, and all that it starts, at a place in a trace. */
export function runAt<Result>(position: TracePosition, run: () => Result): Result {
  return positions.run(position, run);
}

/** What a log line says of its trace; undefined outside of one. */
export function traceFields(
  position: TracePosition | undefined = currentPosition(),
): { readonly traceId: string; readonly spanId: string } | undefined {
  return position === undefined ? undefined : { traceId: position.traceId, spanId: position.spanId };
}

/**
 * What a log line says of the trace that a settlement belongs to: the running one, else the one that its record carries.
 * The follower works on many settlements at once, each of another trace.
 */
export function traceFieldsOf({ traceparent }: { readonly traceparent?: string | undefined }) {
  return traceFields(currentPosition() ?? parseTraceparent(traceparent));
}
