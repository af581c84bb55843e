import type { Stack } from '../stack/index.js';
import type { Payment } from './payment.js';
import type { Terminal } from './terminal.js';

/** Prints where everything listens, with a line of curl for each. */
export function showAddresses(
  { stack, apiUrl, paywallUrl }: { stack: Stack; apiUrl: string; paywallUrl: string },
  payments: readonly Payment[],
  terminal: Terminal,
): void {
  const transaction = payments.at(-1)?.transaction ?? 'TRANSACTION';
  const post = `curl -X POST -H 'content-type: application/json'`;
  const lines: readonly (readonly [string, string, string])[] = [
    ['paywall', paywallUrl, `curl -i ${paywallUrl}/weather`],
    ['API', apiUrl, `curl ${apiUrl}/status/${transaction}`],
    ['', '', `curl ${apiUrl}/supported`],
    ['', '', `curl ${apiUrl}/health`],
    ['', `${apiUrl}/docs`, `curl ${apiUrl}/openapi.json`],
    ...stack.workers.map(({ url }, index) => [`worker ${index + 1}`, url, `curl ${url}/health`] as const),
    ['chain', stack.devnet.url, `curl ${stack.devnet.url}/blocks/latest`],
    ['', stack.devnet.controlUrl, `${post} ${stack.devnet.controlUrl}/blocks -d '{"count":1}'`],
    ['Redis', stack.redis.url, `redis-cli -u ${stack.redis.url} ping`],
    ['logs', stack.logDirectory, `tail -f ${stack.logDirectory}/api-1.log`],
  ];
  for (const [what, address, command] of lines) {
    if (address !== '') terminal.step(what, address);
    terminal.note(command);
  }
}
