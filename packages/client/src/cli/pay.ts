import { LOVELACE } from '@x402-facilitator/cardano/ledger';
import type { ChainReader } from '../chain/index.js';
import type { Secret } from '../keys/index.js';
import { openWallet, parseAmount, type SpendLimits } from '../payment/index.js';
import {
  type Bought,
  type BuyingStep,
  createBuyer,
  PurchaseOpenError,
  type PurchaseStore,
} from '../purchase/index.js';
import { RefusedPaymentError } from '../refused-payment-error.js';
import { EXIT_CODES } from './exit-codes.js';

export type PayOptions = {
  readonly url: string;
  readonly init: RequestInit;
  readonly limits: SpendLimits;
  readonly chain: ChainReader;
  readonly secret: Secret;
  readonly store: PurchaseStore;
  readonly patienceMs: number;
  /** A line about each step. */
  readonly say: (line: string) => void;
};

/** Buys, and says each step. What came is returned with the exit code. */
export async function pay(options: PayOptions): Promise<{ readonly code: number; readonly bought?: Bought }> {
  const { chain, secret, say, ...rest } = options;
  const wallet = await openWallet({ chain, secret });
  say(`wallet    ${wallet.address}`);
  const buyer = createBuyer({ wallet, ...rest });
  try {
    const bought = await buyer.buy(options.url, options.init, (step) => say(lineOf(step)));
    say(`${bought.outcome.padEnd(9)} HTTP ${bought.status}`);
    return { code: CODES[bought.outcome], bought };
  } catch (error) {
    if (!(error instanceof RefusedPaymentError) && !(error instanceof PurchaseOpenError)) throw error;
    say(error.message);
    return { code: error instanceof RefusedPaymentError ? EXIT_CODES.refusedByWallet : EXIT_CODES.open };
  }
}

const CODES: Readonly<Record<Bought['outcome'], number>> = {
  free: EXIT_CODES.done,
  delivered: EXIT_CODES.done,
  refused: EXIT_CODES.refusedBySeller,
  undelivered: EXIT_CODES.open,
  open: EXIT_CODES.open,
};

function lineOf(step: BuyingStep): string {
  switch (step.kind) {
    case 'payment-required': {
      const { amount, asset, payTo, network } = step.price;
      return `price     ${moneyOf(amount, asset)} to ${payTo} on ${network}`;
    }
    case 'signed':
    case 'resumed': {
      const { transactionId, feeLovelace, sponsorshipId, lentInput } = step.payment;
      const sponsor = sponsorshipId === undefined ? 'seller' : 'facilitator';
      const payer = lentInput === undefined ? '' : `, paid by the ${sponsor}`;
      return `${step.kind.padEnd(9)} transaction ${transactionId}, fee ${moneyOf(String(feeLovelace), LOVELACE)}${payer}`;
    }
    case 'pending':
      return `pending   ${step.reason}; the same payment again in ${step.retryInMs} ms`;
    case 'answered':
      return `answered  HTTP ${step.status}${step.receipt === undefined ? '' : `, ${step.receipt.success ? 'settled' : 'not settled'}`}`;
    case 'void':
      return `void      ${step.transaction} can no longer be on the ledger: another payment is signed`;
  }
}

export function moneyOf(amount: string, asset: string): string {
  if (asset !== LOVELACE || !/^\d{1,20}$/.test(amount))
    return JSON.stringify(`${amount} ${asset}`).slice(1, -1);
  const digits = amount.padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)} ADA`;
}

/**
 * The limits that `--max` and its neighbours say.
 *
 * @throws Error when one is not an amount.
 */
export function limitsOf(options: {
  readonly max: readonly string[];
  readonly maxPerDay: readonly string[];
  readonly maxPerSeller: readonly string[];
}): SpendLimits {
  const limits: Record<string, { perPayment?: bigint; perDay?: bigint; perSellerDay?: bigint }> = {};
  const add = (kind: 'perPayment' | 'perDay' | 'perSellerDay', texts: readonly string[]) => {
    for (const text of texts) {
      const parsed = parseAmount(text);
      if (parsed === undefined)
        throw new Error(
          `expected an amount such as 2ADA, "250000 lovelace" or "10 POLICY.NAME", found "${text}"`,
        );
      limits[parsed.asset] = { ...limits[parsed.asset], [kind]: parsed.amount };
    }
  };
  add('perPayment', options.max);
  // A limit of a day alone does not allow an asset: what one payment may take is always said.
  const named = new Set(Object.keys(limits));
  add('perDay', options.maxPerDay);
  add('perSellerDay', options.maxPerSeller);
  for (const asset of Object.keys(limits))
    if (!named.has(asset)) throw new Error(`expected --max for ${asset} too, found a limit of a day alone`);
  return limits;
}
