import type { FundedPayer } from '../stack/index.js';
import { formatMoney, type Payment, type Places, shorten } from './payment.js';
import type { Terminal } from './terminal.js';

/** What each payer buys, all at once: for ADA and for the test token, at every depth. */
const BASKET = ['/weather', '/token-report', '/archive'];

/**
 * Lets every payer buy the whole basket at once.
 *
 * @throws AggregateError with one error per article that is not delivered
 */
export async function showManyPayments(
  { paywallUrl }: Places,
  payers: readonly FundedPayer[],
  terminal: Terminal,
): Promise<Payment[]> {
  const orders = payers.flatMap((buyer, index) =>
    BASKET.map((article) => ({ buyer, article, payer: `payer ${index + 1}` })),
  );
  terminal.step('start', `${orders.length} payments at once, from ${payers.length} payers`);
  const outcomes = await Promise.allSettled(
    orders.map(async ({ buyer, article, payer }): Promise<Payment> => {
      const startedAt = Date.now();
      let money = '';
      const { status, receipt, body } = await buyer.pay(`${paywallUrl}${article}`, undefined, (step) => {
        if (step.kind === 'payment-required') money = formatMoney(step.price.asset, step.price.amount);
      });
      if (status !== 200 || receipt?.success !== true)
        throw new Error(`${payer}: ${article} answered ${status}: ${JSON.stringify(body)}`);
      const txHash = receipt.transaction;
      terminal.step('paid', `${payer}, ${money} for ${article}, transaction ${shorten(txHash)}`);
      return { payer, article, txHash, money, tookMs: Date.now() - startedAt };
    }),
  );
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${orders.length} payments failed`);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
