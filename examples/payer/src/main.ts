import { readEnvironment } from './environment.js';
import { createPayer, type PaymentStep } from './payer.js';
import { blockfrost, openWallet } from './wallet.js';

const say = (line: string) => process.stdout.write(`${line}\n`);

function describe(step: PaymentStep): string {
  switch (step.kind) {
    case 'payment-required': {
      const { amount, asset, payTo, network } = step.price;
      return `402      pay ${amount} ${asset} to ${payTo} on ${network}`;
    }
    case 'signed':
      return `signed   transaction ${step.payment.transactionId}, fee ${step.payment.feeLovelace} lovelace${step.payment.sponsorshipId === undefined ? '' : ', paid by the facilitator'}`;
    case 'pending':
      return `pending  not settled yet, asking again in ${step.retryInMs} ms`;
    case 'answered':
      return `${step.status}      receipt ${JSON.stringify(step.receipt ?? null)}`;
  }
}

/** `fetch failed` alone does not help. The cause says what failed. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${wordsOf(error.cause)}`;
}

try {
  const [url] = process.argv.slice(2);
  if (url === undefined) throw new Error('usage: SEED="…" node dist/main.js URL');
  const { network, secret, spendControls, blockfrostUrl, blockfrostProjectId } = readEnvironment(process.env);
  const wallet = await openWallet({
    network,
    secret,
    provider: blockfrost({ url: blockfrostUrl, projectId: blockfrostProjectId }),
  });
  say(`wallet   ${wallet.address}`);
  const payer = createPayer({ wallet, spendControls });
  const { status, body } = await payer.pay(url, undefined, (step) => say(describe(step)));
  say(typeof body === 'string' ? body : JSON.stringify(body, null, 2));
  if (status >= 400) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`payer: ${wordsOf(error)}\n`);
  process.exitCode = 1;
}
