import type { FundedPayer, Stack } from '../stack/index.js';
import { describeProgress } from './describe-progress.js';
import { followSettlement, type SettlementStatus } from './follow-settlement.js';
import { formatMoney, shorten } from './money.js';
import type { Payment } from './payment.js';
import type { Terminal } from './terminal.js';
import { type LoggedVerdict, onVerdict } from './verdicts.js';

/** Three blocks deep: long enough to watch. */
const ARTICLE = '/archive';

/**
 * Buys one article and prints every step as it happens: what the payer sees from the payer, the verdict from the API's
 * request log, the settlement from its status.
 *
 * @throws Error when the article was not delivered.
 */
export async function showOnePayment(
  { stack, apiUrl, paywallUrl }: { stack: Stack; apiUrl: string; paywallUrl: string },
  payer: FundedPayer,
  terminal: Terminal,
): Promise<Payment> {
  const startedAt = Date.now();
  const over = new AbortController();
  const [api] = stack.apis;
  if (api === undefined) throw new Error('The stack has no API');

  const verdict = new Promise<LoggedVerdict>((resolve) => {
    over.signal.addEventListener('abort', onVerdict(api.process, resolve), { once: true });
  });
  let transaction = '';
  let watching: Promise<void> | undefined;

  const watch = async () => {
    const { outcome, responseTimeMs } = await verdict;
    terminal.step('verdict', `${outcome}, after ${responseTimeMs.toFixed(0)} ms at the facilitator`);
    let before: SettlementStatus | undefined;
    for await (const now of followSettlement(apiUrl, transaction, over.signal)) {
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
        transaction = payment.transactionId;
        terminal.step('transaction', transaction);
        const fee = formatMoney('lovelace', String(payment.feeLovelace));
        terminal.note(`signed by the payer, not submitted; nonce ${shorten(payment.nonce)}, fee ${fee}`);
        watching = watch();
        // It is awaited below; a failure until then must not end the process.
        watching.catch(() => {});
      }
    });
    if (answer.status !== 200) {
      throw new Error(`${ARTICLE} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    await watching;
    terminal.step('resource', `200 ${JSON.stringify(answer.body)}`);
    terminal.step('receipt', `PAYMENT-RESPONSE ${JSON.stringify(answer.receipt)}`);
    return {
      payer: 'payer 1',
      article: ARTICLE,
      transaction,
      money: formatMoney('lovelace', answer.receipt?.amount ?? '0'),
      tookMs: Date.now() - startedAt,
    };
  } finally {
    over.abort();
  }
}
