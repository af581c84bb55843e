import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** PEM files, as `chain.redis.tls` names them. */
export type ClientCertificate = {
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
};

/** What a Redis that demands client certificates is started with, and what its clients have. */
export type RedisCertificates = {
  /** Settings of the server; its `tls-port` is left to the caller. */
  readonly server: Readonly<Record<string, string>>;
  readonly client: ClientCertificate;
  /** One who trusts the server and has no certificate. */
  readonly stranger: { readonly caPath: string };
};

/** Writes a certificate authority, and certificates for a server on loopback and a client, into `directory`. */
export function makeRedisCertificates(directory: string): RedisCertificates {
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'ignore'] });
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
  openssl('req', '-x509', ...key('ca'), '-days', '1', '-out', 'ca.crt', '-subj', '/CN=test ca');
  writeFileSync(join(directory, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  for (const name of ['server', 'client']) {
    openssl('req', ...key(name), '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-extfile', 'names', '-out', `${name}.crt`);
  }
  const path = (name: string) => join(directory, name);
  return {
    server: {
      'tls-cert-file': path('server.crt'),
      'tls-key-file': path('server.key'),
      'tls-ca-cert-file': path('ca.crt'),
      'tls-auth-clients': 'yes',
      'tls-replication': 'yes',
    },
    client: { caPath: path('ca.crt'), certPath: path('client.crt'), keyPath: path('client.key') },
    stranger: { caPath: path('ca.crt') },
  };
}
