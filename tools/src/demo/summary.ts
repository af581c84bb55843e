import { type Payment, type Places, shorten } from './payment.js';
import { readSettlement } from './settlement.js';
import type { Terminal } from './terminal.js';

/**
 * One row per payment, from the settlement's record and the devnet's own counts.
 *
 * @throws Error when a transaction was submitted more than once or is not on the chain
 */
export async function showSummary(
  { stack, apiUrl }: Places,
  payments: readonly Payment[],
  terminal: Terminal,
): Promise<void> {
  const rows: string[][] = [];
  for (const { payer, article, money, txHash, tookMs } of payments) {
    const { block, required, status } = await readSettlement(apiUrl, txHash);
    const submission = await stack.control.submission(txHash);
    if (status !== 'confirmed' || submission?.submitted !== 1 || !submission.onChain)
      throw new Error(
        `Expected ${txHash} confirmed, submitted once and on the chain; found it ${status} and ${JSON.stringify(submission)}`,
      );
    const [height, depth] = [String(block?.height ?? ''), String(required ?? '')];
    const took = `${(tookMs / 1_000).toFixed(2)} s`;
    rows.push([payer, money, article, shorten(txHash), height, depth, String(submission.submitted), took]);
  }
  terminal.table(['payer', 'paid', 'for', 'transaction', 'block', 'depth asked', 'submitted', 'took'], rows);
}

/** Prints where everything listens, with a line of curl for each. */
export function showAddresses(
  { stack, apiUrl, paywallUrl }: Places,
  payments: readonly Payment[],
  terminal: Terminal,
): void {
  const { devnet, redis, logDirectory } = stack;
  const post = `curl -X POST -H 'content-type: application/json'`;
  const lines: readonly (readonly [what: string, address: string, command: string])[] = [
    ['paywall', paywallUrl, `curl -i ${paywallUrl}/weather`],
    ['API', apiUrl, `curl ${apiUrl}/status/${payments.at(-1)?.txHash ?? 'TRANSACTION'}`],
    ['', '', `curl ${apiUrl}/supported`],
    ['', '', `curl ${apiUrl}/health`],
    ['', `${apiUrl}/docs`, `curl ${apiUrl}/openapi.json`],
    ...stack.workers.map(({ url }, index) => [`worker ${index + 1}`, url, `curl ${url}/health`] as const),
    ['chain', devnet.url, `curl ${devnet.url}/blocks/latest`],
    ['', devnet.controlUrl, `${post} ${devnet.controlUrl}/blocks -d '{"count":1}'`],
    [
      'faucet',
      `${devnet.controlUrl}/faucet`,
      `${post} ${devnet.controlUrl}/faucet -d '{"address":"ADDRESS","lovelace":"100000000"}'`,
    ],
    ['Redis', redis.url, `redis-cli -u ${redis.url} ping`],
    ['logs', logDirectory, `tail -f ${logDirectory}/api-1.log`],
  ];
  for (const [what, address, command] of lines) {
    if (address !== '') terminal.step(what, address);
    terminal.note(command);
  }
}
