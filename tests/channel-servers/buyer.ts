import { setTimeout as sleep } from 'node:timers/promises';
import { x402Client } from '@x402/core/client';
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';
import { wrapFetchWithPayment } from '@x402/fetch';
import { type ChainReader, newSeedPhrase, openWallet } from '@x402-facilitator/client';
import { BatchSettlementCardanoClient } from '@x402-facilitator/client/channels';
import type { DevnetControl } from '@x402-facilitator/tools/stack';

export type Market = {
  readonly chain: ChainReader;
  readonly control: DevnetControl;
  readonly scriptHash: string;
  /** Where the validator was published. */
  readonly published: string;
  readonly price: bigint;
  readonly now: () => number;
};

export type Buyer = Awaited<ReturnType<typeof openBuyer>>;

/** What a shop said last, and how often it had to be asked. */
export type Bought = {
  readonly status: number;
  readonly body: { readonly n?: number };
  /** `undefined` for an answer that took no payment. */
  readonly charged: bigint | undefined;
  /** How often it was asked again: busy channels, broken connections. */
  readonly repeats: number;
  /** Why it was not served at once. */
  readonly refusals: readonly string[];
};

/** Longer than anything that a buyer waits for while servers are killed. */
const GIVE_UP_MS = 120_000;

/** A buyer with the client's package, a wallet of its own and one channel. */
export async function openBuyer({ chain, control, scriptHash, published, price, now }: Market) {
  const wallet = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() }, now });
  await control.fund({ address: wallet.address, lovelace: 40_000_000n, outputs: 2 });
  const channels = new BatchSettlementCardanoClient({
    wallet,
    validators: [scriptHash],
    referenceScripts: { [scriptHash]: published },
    maxPrice: { lovelace: price },
    limits: { lovelace: { perPayment: 15_000_000n } },
    requestsPerDeposit: 60,
    answerTimeoutMs: 100,
    now,
  });
  const client = new x402Client()
    .register(wallet.network, channels)
    .setSpendControls({ allowedAssets: true });
  const record = async () => {
    const [only, ...others] = await channels.list();
    if (only === undefined || others.length > 0) throw new Error('expected a buyer with one channel');
    return only;
  };
  return {
    channels,
    record,
    holds: async () =>
      (await chain.unspentOutputs(wallet.address)).reduce((sum, { lovelace }) => sum + lovelace, 0n),
    /** @param pick chooses which of the shop's processes is asked. */
    async buy(path: string, pick: () => string): Promise<Bought> {
      const refusals: string[] = [];
      const ask: typeof fetch = async (input, init) => {
        const request = new Request(input, init);
        const { status, headers, body } = await whole(new Request(`${pick()}${path}`, request));
        const required = headers.get('payment-required');
        if (required !== null && request.headers.has('payment-signature'))
          refusals.push(decodePaymentRequiredHeader(required).error ?? '');
        return new Response(body, { status, headers });
      };
      const paying = wrapFetchWithPayment(ask, client);
      const untilMs = Date.now() + GIVE_UP_MS;
      for (let repeats = 0; ; repeats += 1) {
        let response: Response | undefined;
        try {
          response = await paying(`http://shop.example${path}`, { signal: AbortSignal.timeout(30_000) });
        } catch (error) {
          // The server was killed before, or while, it answered.
          refusals.push(error instanceof TypeError ? 'no answer' : String(error));
        }
        if (response?.status === 200 || Date.now() > untilMs)
          return {
            status: response?.status ?? 0,
            body: ((await response?.json()) ?? {}) as { readonly n?: number },
            charged: response && chargedIn(response),
            repeats,
            refusals,
          };
        await sleep(20);
      }
    },
  };
}

/** An answer whose body is lost counts as lost. */
async function whole(request: Request) {
  const response = await fetch(request);
  return { status: response.status, headers: response.headers, body: await response.arrayBuffer() };
}

function chargedIn({ headers }: Response): bigint | undefined {
  const text = headers.get('payment-response');
  if (text === null) return undefined;
  const { success, extra } = decodePaymentResponseHeader(text);
  const charged: unknown = extra?.chargedAmount;
  return success && typeof charged === 'string' ? BigInt(charged) : undefined;
}
