/**
 * Names whose values never reach a log: keys, seeds, project ids, authorization headers, signed transactions, payment
 * headers and committed content (docs/telemetry.md, "Logs").
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

/** The names above in the notation of pino's `redact`, at every depth up to `DEPTH`. */
export function redactedPaths(): string[] {
  return REDACTED_NAMES.flatMap((name) =>
    Array.from({ length: DEPTH }, (_unused, depth) => `${'*.'.repeat(depth)}["${name}"]`.replace('.[', '[')),
  );
}
