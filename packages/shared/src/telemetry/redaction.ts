import { CENSOR } from './secret-text.js';

/**
 * Names whose values never reach a log: keys, seeds, project ids, authorization headers, signed transactions, payment
 * headers and committed content (docs/operations/watch.md, "Log queries").
 */
export const REDACTED_NAMES = [
  'apiKey',
  'authorization',
  'cookie',
  'dsn',
  'inputCommitment',
  'password',
  'payment-signature',
  'paymentPayload',
  'payload',
  'privateKey',
  'project_id',
  'projectId',
  'secret',
  'seed',
  'seedPhrase',
  'signedTransaction',
  'token',
  'x-api-key',
  'x-payment',
] as const;

/** How deep inside a logged object a name is still found. */
const DEPTH = 4;

const NAMES: ReadonlySet<string> = new Set(REDACTED_NAMES);

/**
 * What may be logged of an object: itself, or a copy in which the values under the names above are censored, at every
 * depth up to `DEPTH`. One walk for all names: pino's own `redact` takes one per name and depth, which made the line of
 * a request cost more than its signature's share of decoding.
 */
export function redacted<Line extends object>(line: Line): Line {
  return censored(line, 1);
}

function censored<Value extends object>(value: Value, depth: number): Value {
  let copy: Value | undefined;
  for (const [name, member] of Object.entries(value)) {
    const isSecret = NAMES.has(name);
    // An error is written by its own serializer, which knows four fields.
    const isInner = typeof member === 'object' && member !== null && !(member instanceof Error);
    const shown = isSecret ? CENSOR : isInner && depth < DEPTH ? censored(member, depth + 1) : member;
    if (shown === member) continue;
    copy ??= Array.isArray(value) ? ([...value] as Value & unknown[]) : { ...value };
    Reflect.set(copy, name, shown);
  }
  return copy ?? value;
}
