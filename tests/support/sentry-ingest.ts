import { startReceiver } from './receiver.js';

/** An error or a transaction, as it came in its envelope. */
export type SentryEvent = {
  readonly type?: string;
  readonly transaction?: string;
  readonly message?: string;
  readonly level?: string;
  readonly release?: string;
  readonly environment?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly exception?: { readonly values: readonly { readonly type: string; readonly value: string }[] };
  readonly contexts?: { readonly trace?: { readonly trace_id: string; readonly span_id?: string } };
  readonly spans?: readonly { readonly description: string }[];
};

/** Plays Sentry: receives envelopes from the real SDK. */
export type SentryIngest = {
  readonly dsn: string;
  /** The part of the DSN that authorizes. */
  readonly key: string;
  /** Errors and messages. */
  events(): readonly SentryEvent[];
  transactions(): readonly SentryEvent[];
  /** The bodies of the envelopes, as text. */
  raw(): string;
  close(): Promise<void>;
};

const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';

export async function startSentryIngest(): Promise<SentryIngest> {
  const receiver = await startReceiver();
  const bodies = () => receiver.bodies('/envelope/');
  const items = (type: string) => bodies().flatMap((body) => itemsOf(body, type));
  return {
    dsn: `http://${KEY}@127.0.0.1:${receiver.port}/1`,
    key: KEY,
    events: () => items('event'),
    transactions: () => items('transaction'),
    raw: () => bodies().join('\n'),
    close: receiver.close,
  };
}

/** An envelope is lines of JSON: its own header, then a header and a body per item. */
function itemsOf(envelope: string, type: string): SentryEvent[] {
  const [, ...lines] = envelope.split('\n').filter((line) => line !== '');
  return lines.flatMap((line, index) => {
    const body = lines[index + 1];
    const isWanted = index % 2 === 0 && (JSON.parse(line) as { type?: string }).type === type;
    return isWanted && body !== undefined ? [JSON.parse(body) as SentryEvent] : [];
  });
}
