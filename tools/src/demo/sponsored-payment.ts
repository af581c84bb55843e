import { setTimeout as sleep } from 'node:timers/promises';
import { type FundedPayer, fundPayer } from '../stack/index.js';
import { formatMoney, type Payment, type Places, shorten } from './payment.js';
import type { Terminal } from './terminal.js';

const ARTICLE = '/token-report';
/** Little more than the min-ADA of an output with the token: no fee can be paid from it. */
const TRAVELLING_LOVELACE = 1_300_000n;
const POOL_TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 250;

/** The settings and the money with which the stack of the demo sponsors fees. */
export const SPONSORING = {
  settings: {
    X402_SPONSORSHIP__ENABLED: 'true',
    X402_SPONSORSHIP__POOL__SIZE: '4',
    // One shop is the only caller here.
    X402_SPONSORSHIP__POOL__CALLER_SHARE: '1',
  },
  walletLovelace: 100_000_000n,
} as const;

/**
 * Buys an article from an address that owns tokens, and no ADA besides what must stay with them.
 *
 * @throws Error when it is not delivered, or the payer paid a fee
 */
export async function showSponsoredPayment(
  { stack, apiUrl, paywallUrl }: Places,
  terminal: Terminal,
): Promise<Payment> {
  const buyer = await fundPayer(stack, { lovelace: TRAVELLING_LOVELACE, tokens: 25n });
  terminal.step('payer', `${shorten(buyer.wallet.address, 16)} owns 25 tUSDM and no ADA to spend`);
  const startedAt = Date.now();
  const answer = await payWhenPoolIsReady(buyer, `${paywallUrl}${ARTICLE}`, terminal);
  const { status, receipt, payment } = answer;
  const id = payment?.sponsorshipId;
  if (status !== 200 || payment === undefined || id === undefined)
    throw new Error(
      `Expected ${ARTICLE} by a sponsored payment, found ${status}: ${JSON.stringify(answer.body)}`,
    );
  const fee = formatMoney('lovelace', String(payment.feeLovelace));
  terminal.step('sponsored', `the facilitator paid ${fee} of fee`);
  terminal.note(`and lent the seller's output its min-ADA: ${apiUrl}/sponsorships/${id}`);
  terminal.step('resource', `200 ${JSON.stringify(answer.body)}`);
  return {
    payer: 'payer 5',
    article: ARTICLE,
    txHash: payment.transactionId,
    money: formatMoney(stack.token, receipt?.amount ?? '0'),
    tookMs: Date.now() - startedAt,
  };
}

/** The workers first split their wallet's money into outputs to lend, which takes a block or two. */
async function payWhenPoolIsReady(buyer: FundedPayer, url: string, terminal: Terminal) {
  const deadline = Date.now() + POOL_TIMEOUT_MS;
  for (;;) {
    try {
      return await buyer.pay(url, undefined, (step) => {
        if (step.kind === 'signed')
          terminal.step('transaction', `${step.payment.transactionId}, one signature short`);
      });
    } catch (error) {
      const isEarly = error instanceof Error && error.message.includes('no fee is sponsored: 503');
      if (!isEarly || Date.now() > deadline) throw error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}
