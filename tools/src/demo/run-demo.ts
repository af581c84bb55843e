import { fundPayer, type Stack, startStack } from '../stack/index.js';
import { channelSettings, showChannel } from './channel.js';
import { DISCOVERY, showDiscovery } from './discovery.js';
import { showManyPayments } from './many-payments.js';
import { showOnePayment } from './one-payment.js';
import type { Places } from './payment.js';
import { showRefusedPayment } from './refused-payment.js';
import { SPONSORING, showSponsoredPayment } from './sponsored-payment.js';
import { showAddresses, showSummary } from './summary.js';
import type { Terminal } from './terminal.js';

const PAYERS = 4;
const BLOCK_MS = 1_000;

export type DemoOptions = {
  readonly terminal: Terminal;
  /** Stays up after the tour, until `stopping` fires. */
  readonly keep: boolean;
  readonly stopping: AbortSignal;
  /** Is given the stack as soon as it is up, to explain a failure by its logs. */
  readonly onStack: (stack: Stack) => void;
};

/** Ctrl+C, or the reader of the output has gone. */
export class DemoInterrupted extends Error {
  override readonly name = 'DemoInterrupted';
}

/**
 * The whole tour: start everything, buy once slowly, buy often at once, be refused once, look into the catalogue, buy without
 * ADA, count, and buy a thousand times through a channel.
 *
 * @throws DemoInterrupted when `stopping` fires before the end, Error when anything is not as promised. Everything is
 *   stopped in any case
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { terminal, stopping, onStack } = options;
  terminal.heading('Starting Redis, a Cardano devnet, one API, two workers and a paywalled server');
  const stack = await startStack({
    workers: 2,
    blockMs: BLOCK_MS,
    settings: { ...SPONSORING.settings, ...DISCOVERY, ...(await channelSettings()) },
    announce: (message) => terminal.step('set-up', message),
    onReady: (name, where) => terminal.step(name, where),
  });
  try {
    onStack(stack);
    stopping.throwIfAborted();
    await Promise.race([tour(stack, options), rejectOnAbort(stopping)]);
  } finally {
    await stack.stop();
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function tour(stack: Stack, { terminal, keep, stopping }: DemoOptions): Promise<void> {
  const [api] = stack.apis;
  const [paywall] = stack.paywalls;
  if (api === undefined || paywall === undefined) throw new Error('The stack has no API or no paywall');
  const places: Places = { stack, api: api.process, apiUrl: api.url, paywallUrl: paywall.url };
  const payers = await Promise.all(
    Array.from({ length: PAYERS }, () => fundPayer(stack, { tokens: 1_000n, outputs: 6 })),
  );
  await stack.control.fund({ address: stack.walletAddress, lovelace: SPONSORING.walletLovelace });
  terminal.step(
    'faucet',
    `${PAYERS} payers funded with ADA and a test token, the workers’ wallet with ADA to lend`,
  );

  terminal.heading('One payment, step by step');
  const [first] = payers;
  if (first === undefined) throw new Error('There is no payer');
  const one = await showOnePayment(places, first, terminal);

  terminal.heading('Many payments at once');
  const many = await showManyPayments(places, payers, terminal);

  terminal.heading('A payment that is one lovelace short');
  await showRefusedPayment(places, first, terminal);

  terminal.heading('What the catalogue lists');
  await showDiscovery(places, terminal);

  terminal.heading('A payer that owns a token and no ADA');
  const sponsored = await showSponsoredPayment(places, terminal);

  terminal.heading('What was paid');
  const payments = [one, ...many, sponsored];
  await showSummary(places, payments, terminal);

  terminal.heading('A thousand requests through one channel');
  await showChannel(places, one.txHash, terminal, stopping);

  if (!keep) return;
  terminal.heading('Everything stays up; Ctrl+C ends it');
  showAddresses(places, payments, terminal);
  await new Promise(() => {});
}
