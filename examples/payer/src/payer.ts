import { type SpendControls, x402Client, x402HTTPClient } from '@x402/core/client';
import { decodePaymentRequiredHeader } from '@x402/core/http';
import type { PaymentRequirements, SettleResponse } from '@x402/core/types';
import { wrapFetchWithPayment } from '@x402/fetch';
import { ExactCardanoClient } from './exact-cardano-client.js';
import type { SignedPayment } from './sign-payment.js';
import type { CardanoWallet } from './wallet.js';

/** The steps on the way to a resource, in order. */
export type PaymentStep =
  | { readonly kind: 'payment-required'; readonly price: PaymentRequirements }
  | { readonly kind: 'signed'; readonly payment: SignedPayment }
  /** Paid but not deep enough yet, or the chain could not be read: the same payment is sent again after a pause. */
  | { readonly kind: 'pending'; readonly transaction: string; readonly retryInMs: number }
  | { readonly kind: 'answered'; readonly status: number; readonly receipt: SettleResponse | undefined };

/** The outcome of a request for a resource. */
export type PaidResponse = {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, else text. */
  readonly body: unknown;
  /** The decoded PAYMENT-RESPONSE, when the server sent one. */
  readonly receipt: SettleResponse | undefined;
  /** The signed payment, if one was asked for. */
  readonly payment: SignedPayment | undefined;
};

export type PayerOptions = {
  readonly wallet: CardanoWallet;
  /**
   * What may be spent without confirmation; any asset and amount when unset. `@x402/core` applies them to the price.
   * Here they also apply to what the transaction takes out of the wallet.
   */
  readonly spendControls?: SpendControls | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long a sponsor may take to answer. */
  readonly sponsorTimeoutMs?: number | undefined;
  /** How often a pending payment is sent again. */
  readonly maxPendingRetries?: number | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
};

export type Payer = {
  readonly wallet: CardanoWallet;
  /**
   * Requests a resource and pays for it if asked to. Pays at most once: while the payment is pending, the same signed
   * transaction is sent again.
   *
   * @throws Error when the wallet cannot pay or may not pay the price, or the server cannot be reached.
   */
  pay(url: string, init?: RequestInit, onStep?: (step: PaymentStep) => void): Promise<PaidResponse>;
  /** The plain way: `@x402/fetch` around this wallet. A pending payment comes back as a 402. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
};

const DEFAULT_MAX_PENDING_RETRIES = 20;
const DEFAULT_RETRY_MS = 5_000;
/** The facilitator's code when its chain provider did not answer. */
const CHAIN_LOOKUP_FAILED = 'exact_cardano_facilitator_chain_lookup_failed';

/** Makes a payer from a wallet. */
export function createPayer(options: PayerOptions): Payer {
  const { wallet, maxPendingRetries = DEFAULT_MAX_PENDING_RETRIES } = options;
  const request = options.fetch ?? globalThis.fetch;
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const spendControls = options.spendControls ?? { allowedAssets: true };
  const { sponsorTimeoutMs } = options;
  const clientOf = (onSigned?: (payment: SignedPayment) => void): x402Client =>
    new x402Client()
      .register(
        'cardano:*',
        new ExactCardanoClient({ wallet, spendControls, onSigned, fetch: request, sponsorTimeoutMs }),
      )
      .setSpendControls(spendControls);

  return {
    wallet,
    fetch: wrapFetchWithPayment(request, clientOf()),

    async pay(url, init, onStep) {
      const unpaid = await request(url, init);
      if (unpaid.status !== 402) return read(unpaid, undefined);

      let payment: SignedPayment | undefined;
      const client = clientOf((signed) => {
        payment = signed;
      });
      const http = new x402HTTPClient(client);
      const required = http.getPaymentRequiredResponse(
        (name) => unpaid.headers.get(name),
        await bodyOf(unpaid),
      );
      client.onBeforePaymentCreation(async ({ selectedRequirements }) => {
        onStep?.({ kind: 'payment-required', price: selectedRequirements });
      });
      const payload = await http.createPaymentPayload(required);
      if (payment !== undefined) onStep?.({ kind: 'signed', payment });
      const headers = new Headers(init?.headers);
      for (const [name, value] of Object.entries(http.encodePaymentSignatureHeader(payload)))
        headers.set(name, value);

      let wasTaken = false;
      for (let retry = 0; ; retry++) {
        const answer = await read(await request(url, { ...init, headers }), payment);
        onStep?.({ kind: 'answered', status: answer.status, receipt: answer.receipt });
        wasTaken ||= answer.receipt !== undefined;
        if (!isWorthAnotherLook(answer) || retry >= maxPendingRetries) {
          // Only a payment that verification refused, and never accepted before, is certainly not in flight.
          if (payment !== undefined && answer.status === 402 && !wasTaken) wallet.release(payment);
          return answer;
        }
        const retryInMs = retryAfterMs(answer.headers) ?? DEFAULT_RETRY_MS;
        onStep?.({ kind: 'pending', transaction: payment?.transactionId ?? '', retryInMs });
        await sleep(retryInMs);
      }
    },
  };
}

async function read(response: Response, payment: SignedPayment | undefined): Promise<PaidResponse> {
  const http = new x402HTTPClient(new x402Client());
  const receipt = response.headers.has('PAYMENT-RESPONSE')
    ? http.getPaymentSettleResponse((name) => response.headers.get(name))
    : undefined;
  return {
    status: response.status,
    headers: response.headers,
    body: await bodyOf(response),
    receipt,
    payment,
  };
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The payment is in flight, or the facilitator could not look. This does not mean that it is bad. */
function isWorthAnotherLook({ status, headers, receipt }: PaidResponse): boolean {
  if (status !== 402) return false;
  if (receipt !== undefined) return receipt.errorReason === 'settlement_pending';
  const required = headers.get('PAYMENT-REQUIRED');
  return required !== null && decodePaymentRequiredHeader(required).error === CHAIN_LOOKUP_FAILED;
}

function retryAfterMs(headers: Headers): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}
