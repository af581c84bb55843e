import { createHmac } from 'node:crypto';

/**
 * The secret of an endpoint: HMAC-SHA256 of the master secret over its id and a salt. Redis holds the salt alone, which signs
 * nothing, and a rotation is a new salt.
 */
export function secretOf(masterSecret: string, endpointId: string, salt: string): Buffer {
  return createHmac('sha256', masterSecret).update(`x402 webhook secret ${endpointId} ${salt}`).digest();
}

/** As Standard Webhooks writes a secret. */
export function writeSecret(secret: Buffer): string {
  return `whsec_${secret.toString('base64')}`;
}

/** The headers of Standard Webhooks, with a signature by each secret. @param atMs POSIX milliseconds. */
export function signedHeaders(
  secrets: readonly Buffer[],
  { id, atMs, body }: { readonly id: string; readonly atMs: number; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = Math.floor(atMs / 1000).toString();
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
