import { connect } from 'node:tls';
import type { Redis } from 'ioredis';

/** A TLS server says so, in OpenSSL's words, when it refuses the client's certificate or its lack of one. */
const REFUSED = /ALERT_\w*(?:CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/;

/** A server that takes the certificate says nothing before it is asked. */
const PATIENCE_MS = 2_000;

/** Redis demands a client certificate, and refused ours or our lack of one. */
export class RedisCertificateError extends Error {
  override readonly name = 'RedisCertificateError';

  constructor(words: string) {
    super(
      `Redis refuses our certificate (${words}): chain.redis.tls.certPath and keyPath must name one that its certificate authority signed`,
    );
  }
}

/**
 * Asks Redis by a connection that sends no command. One that does is often told of a reset only, because the server closes
 * it with unread bytes. Through sentinels nothing is asked.
 *
 * @returns `undefined` unless Redis refuses the certificate.
 */
export function findCertificateRefusal({ options }: Redis): Promise<RedisCertificateError | undefined> {
  const { tls, host, port } = options;
  if (tls === undefined || options.sentinels !== null) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = connect({ ...tls, host, port });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('error', (error: Error & { readonly code?: string; readonly reason?: string }) => {
      if (REFUSED.test(error.code ?? '')) resolve(new RedisCertificateError(error.reason ?? error.message));
    });
    socket.on('close', () => resolve(undefined));
  });
}
