import { createPayer } from '@x402-facilitator/example-payer';
import type { FundedPayer, Stack } from '../stack/index.js';
import { formatMoney } from './money.js';
import type { Terminal } from './terminal.js';

const ARTICLE = '/report';

/**
 * Offers one lovelace less than the price and shows what comes back.
 *
 * @throws Error when the article was sold nevertheless, or the transaction reached the chain.
 */
export async function showRefusedPayment(
  { stack, paywallUrl }: { stack: Stack; paywallUrl: string },
  { wallet }: FundedPayer,
  terminal: Terminal,
): Promise<void> {
  const stingy = createPayer({
    wallet: {
      ...wallet,
      sign: (price) => wallet.sign({ ...price, amount: String(BigInt(price.amount) - 1n) }),
    },
  });
  const { status, body, payment } = await stingy.pay(`${paywallUrl}${ARTICLE}`, undefined, (step) => {
    if (step.kind === 'payment-required') {
      const { asset, amount } = step.price;
      const offered = formatMoney(asset, String(BigInt(amount) - 1n));
      terminal.step('offer', `${offered} for ${ARTICLE}, which costs ${formatMoney(asset, amount)}`);
    }
  });
  const { error, message } = body as { readonly error?: string; readonly message?: string };
  if (status !== 402 || error === undefined) {
    throw new Error(`Expected 402 for a payment that is too small, found ${status}: ${JSON.stringify(body)}`);
  }
  terminal.refusal('refused', `${status} ${error}`);
  terminal.note(message ?? '');
  if (payment === undefined) throw new Error('The payer signed nothing');
  if ((await stack.control.submission(payment.transactionId)) !== undefined) {
    throw new Error(`The refused transaction ${payment.transactionId} was submitted`);
  }
  terminal.note('the transaction never reached the chain: the payer keeps the money');
}
