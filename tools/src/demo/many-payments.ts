import type { FundedPayer } from '../stack/index.js';
import { formatMoney, shorten } from './money.js';
import type { Payment } from './payment.js';
import type { Terminal } from './terminal.js';

/** What each payer buys, all at the same moment: for ADA and for the test token, at every depth. */
const BASKET = ['/weather', '/token-report', '/archive'];

/**
 * Lets every payer buy the whole basket at once.
 *
 * @throws AggregateError with one error per article that was not delivered.
 */
export async function showManyPayments(
  paywallUrl: string,
  payers: readonly FundedPayer[],
  terminal: Terminal,
): Promise<Payment[]> {
  const orders = payers.flatMap((payer, index) =>
    BASKET.map((article) => ({ payer, article, name: `payer ${index + 1}` })),
  );
  terminal.step('start', `${orders.length} payments at once, from ${payers.length} payers`);
  const outcomes = await Promise.allSettled(
    orders.map(async ({ payer, article, name }): Promise<Payment> => {
      const startedAt = Date.now();
      let money = '';
      const answer = await payer.pay(`${paywallUrl}${article}`, undefined, (step) => {
        if (step.kind === 'payment-required') money = formatMoney(step.price.asset, step.price.amount);
      });
      const { status, receipt } = answer;
      if (status !== 200 || receipt?.success !== true) {
        throw new Error(`${name}: ${article} answered ${status}: ${JSON.stringify(answer.body)}`);
      }
      const { transaction } = receipt;
      const payment = { payer: name, article, transaction, money, tookMs: Date.now() - startedAt };
      terminal.step('paid', `${name}, ${money} for ${article}, transaction ${shorten(transaction)}`);
      return payment;
    }),
  );
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} of ${orders.length} payments failed`);
  }
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
