import type { ManagedProcess } from '../processes/index.js';
import type { FundedPayer } from '../stack/index.js';
import { formatMoney, type Payment, type Places, shorten } from './payment.js';
import { describeProgress, followSettlement, type SettlementStatus } from './settlement.js';
import type { Terminal } from './terminal.js';

/** It asks for three confirmations: long enough to watch. */
const ARTICLE = '/archive';

/**
 * Buys one article and prints every step as it happens: the payer's steps, the verdict from the API's request log, and the
 * settlement from its status.
 *
 * @throws Error when the article is not delivered
 */
export async function showOnePayment(
  { api, apiUrl, paywallUrl }: Places,
  payer: FundedPayer,
  terminal: Terminal,
): Promise<Payment> {
  const startedAt = Date.now();
  const over = new AbortController();
  const verdict = nextVerdict(api, over.signal);
  let txHash = '';
  let watching: Promise<void> | undefined;

  const watch = async () => {
    const { outcome, responseTimeMs } = await verdict;
    terminal.step('verdict', `${outcome}, after ${responseTimeMs.toFixed(0)} ms at the facilitator`);
    let before: SettlementStatus | undefined;
    for await (const now of followSettlement(apiUrl, txHash, over.signal)) {
      for (const { what, detail, atMs } of describeProgress(before, now)) terminal.step(what, detail, atMs);
      before = now;
    }
  };

  try {
    terminal.step('request', `GET ${paywallUrl}${ARTICLE}`);
    const answer = await payer.pay(`${paywallUrl}${ARTICLE}`, undefined, (step) => {
      if (step.kind === 'payment-required') {
        const { asset, amount, payTo, extra } = step.price;
        terminal.step('402', `pay ${formatMoney(asset, amount)} to ${shorten(payTo, 16)}`);
        terminal.note(`confirmation policy ${JSON.stringify(extra.confirmationPolicy)}`);
      }
      if (step.kind === 'signed') {
        const { payment } = step;
        txHash = payment.transactionId;
        terminal.step('transaction', txHash);
        const fee = formatMoney('lovelace', String(payment.feeLovelace));
        terminal.note(`signed by the payer, not submitted; nonce ${shorten(payment.nonce)}, fee ${fee}`);
        watching = watch();
        // It is awaited below; a failure before that must not end the process.
        watching.catch(() => {});
      }
    });
    if (answer.status !== 200)
      throw new Error(`${ARTICLE} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    await watching;
    terminal.step('resource', `200 ${JSON.stringify(answer.body)}`);
    terminal.step('receipt', `PAYMENT-RESPONSE ${JSON.stringify(answer.receipt)}`);
    const money = formatMoney('lovelace', answer.receipt?.amount ?? '0');
    return { payer: 'payer 1', article: ARTICLE, txHash, money, tookMs: Date.now() - startedAt };
  } finally {
    over.abort();
  }
}

/** The next verdict in the API's log, which has one line per request: `valid`, or the code of the refusal. */
function nextVerdict(
  api: ManagedProcess,
  over: AbortSignal,
): Promise<{ readonly outcome: string; readonly responseTimeMs: number }> {
  return new Promise((resolve) => {
    const stop = api.output.onLine((line) => {
      const entry = parseLine(line);
      if (entry?.route === '/verify' && typeof entry.outcome === 'string')
        resolve({ outcome: entry.outcome, responseTimeMs: Number(entry.responseTime) });
    });
    over.addEventListener('abort', stop, { once: true });
  });
}

function parseLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
