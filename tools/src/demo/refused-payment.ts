import { createBuyer } from '@x402-facilitator/client';
import type { FundedPayer } from '../stack/index.js';
import { formatMoney, type Places } from './payment.js';
import type { Terminal } from './terminal.js';

const ARTICLE = '/report';

/**
 * Offers one lovelace less than the price and shows the refusal.
 *
 * @throws Error when the article is sold all the same, or the transaction reaches the chain
 */
export async function showRefusedPayment(
  { stack, paywallUrl }: Places,
  { wallet }: FundedPayer,
  terminal: Terminal,
): Promise<void> {
  const oneLess = (amount: string) => String(BigInt(amount) - 1n);
  const stingy = createBuyer({
    limits: 'unlimited',
    wallet: { ...wallet, sign: (price) => wallet.sign({ ...price, amount: oneLess(price.amount) }) },
  });
  const { status, body, payment } = await stingy.buy(`${paywallUrl}${ARTICLE}`, undefined, (step) => {
    if (step.kind !== 'payment-required') return;
    const { asset, amount } = step.price;
    const [offered, price] = [oneLess(amount), amount].map((money) => formatMoney(asset, money));
    terminal.step('offer', `${offered} for ${ARTICLE}, which costs ${price}`);
  });
  const { error, message } = body as { readonly error?: string; readonly message?: string };
  if (status !== 402 || error === undefined)
    throw new Error(`Expected 402 for a payment that is too small, found ${status}: ${JSON.stringify(body)}`);
  terminal.refusal('refused', `${status} ${error}`);
  terminal.note(message ?? '');
  if (payment === undefined) throw new Error('The payer signed nothing');
  if ((await stack.control.submission(payment.transactionId)) !== undefined)
    throw new Error(`The refused transaction ${payment.transactionId} was submitted`);
  terminal.note('the transaction never reached the chain: the payer keeps the money');
}
