import { closeSync, openSync, writeSync } from 'node:fs';

/** Milliseconds since the run began. */
type Moment = number;

/** A payment as its customer made it. It is not known to anyone else yet. */
export type PaymentMade = {
  readonly kind: 'payment';
  readonly transaction: string;
  /** The output that it spends. */
  readonly input: string;
  readonly habit: string;
  /** Its customer may also send it to the node, past the facilitator. */
  readonly isSentDirectly: boolean;
};

/** A request and what came back. */
export type Call = {
  readonly kind: 'call';
  readonly operation: 'verify' | 'settle' | 'status';
  readonly transaction: string;
  /** Which replica was asked. */
  readonly replica: string;
  /** What is bought; a status has none. */
  readonly resource?: string;
  /** The depth that was asked for. */
  readonly required?: number;
  /** The customer's name for the purchase, if it gave one. */
  readonly key?: string;
  /** What else names the call, where its seller delivers once for each payment: the same call has a success again. */
  readonly resumes?: string;
  readonly beginMs: Moment;
  readonly endMs: Moment;
  /** Missing when nothing came back: the caller hung up, or the connection broke. */
  readonly answer?: Answer;
};

/** What the checker needs of an answer. */
export type Answer = {
  readonly status: number;
  /** `success` of `/settle`, `isValid` of `/verify`. */
  readonly isSuccess?: boolean;
  readonly reason?: string;
  /** `extra.status` of `/settle`, `status` of `/status`: pending, confirmed, failed, expired. */
  readonly outcome?: string;
  /** The record's own word, which `/status` says. */
  readonly state?: string;
  /** Blocks on top of its block: `extra.confirmations`, or `confirmations` of `/status`. */
  readonly confirmations?: number;
};

/** The ledger got a block, or lost all above a height. */
export type ChainChange =
  | {
      readonly kind: 'block';
      readonly height: number;
      readonly transactions: readonly string[];
      readonly atMs: Moment;
    }
  | { readonly kind: 'rollback'; readonly height: number; readonly atMs: Moment };

/** Something that was done to the system, or that it did itself: `fail-over`. */
export type FaultDone = {
  readonly kind: 'fault';
  readonly fault: string;
  readonly beginMs: Moment;
  readonly endMs: Moment;
};

/** From here on there are no faults, and everything has had the time to come to its end. */
export type Rest = { readonly kind: 'rest'; readonly atMs: Moment };

export type HistoryEvent = PaymentMade | Call | FaultDone | ChainChange | Rest;

export type History = readonly HistoryEvent[];

export type HistoryWriter = {
  readonly events: HistoryEvent[];
  /** Milliseconds since the run began. */
  now(): Moment;
  /** The same of a time by the clock, POSIX milliseconds. */
  momentOf(clockMs: number): Moment;
  add(event: HistoryEvent): void;
  close(): void;
};

/** Keeps a history, and writes each event as a line of JSON at once: a run that dies leaves what it saw. */
export function startHistory(file: string): HistoryWriter {
  const startedMs = performance.now();
  const startedByClockMs = Date.now();
  const events: HistoryEvent[] = [];
  const descriptor = openSync(file, 'w');
  return {
    events,
    now: () => Math.round((performance.now() - startedMs) * 1000) / 1000,
    momentOf: (clockMs) => clockMs - startedByClockMs,
    add(event) {
      events.push(event);
      writeSync(descriptor, `${JSON.stringify(event)}\n`);
    },
    close: () => closeSync(descriptor),
  };
}
