import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { waitUntil } from '@x402-facilitator/tools/processes';
import {
  type Environment,
  type FundedPayer,
  fundPayer,
  type Stack,
  startStack,
} from '@x402-facilitator/tools/stack';

/** The whole product, reading one ledger through two providers that the benchmark can count and break. */
export type MeasuredFacilitator = {
  readonly stack: Stack;
  readonly api: string;
  /** The ledger itself, for payers and the faucet: what they ask is not counted. */
  readonly ledger: Devnet;
  readonly primary: Devnet;
  readonly fallback: Devnet;
  pay(): Promise<SignedRequest>;
  post(path: '/verify' | '/settle', request: object): Promise<Record<string, unknown>>;
  /** Waits for a settlement to come to a state. */
  reaches(transaction: string, state: string): Promise<void>;
  /** What the facilitator asked of a provider since the last call of this. */
  takeCounts(provider: Devnet): Record<string, number>;
  close(): Promise<void>;
};

export type SignedRequest = { readonly transaction: string; readonly request: object };

export async function startMeasured(options: {
  readonly payments: number;
  readonly fallbacks?: boolean;
  readonly settings?: Environment;
}): Promise<MeasuredFacilitator> {
  const { payments, fallbacks = false, settings = {} } = options;
  const ledger = await startDevnet({ blockMs: 0 });
  const primary = await startDevnet({ ledgerOf: ledger });
  const fallback = await startDevnet({ ledgerOf: ledger });
  const stack = await startStack({
    blockMs: 0,
    paywall: false,
    settings: {
      X402_CHAIN__BLOCKFROST__URL: primary.url,
      ...(fallbacks
        ? { X402_CHAIN__FALLBACKS: JSON.stringify([{ type: 'koios', url: fallback.koiosUrl }]) }
        : {}),
      ...settings,
    },
  });
  const payer = await fundedOn(ledger, stack, payments);
  const api = stack.apis[0]?.url ?? '';

  const facilitator: MeasuredFacilitator = {
    stack,
    api,
    ledger,
    primary,
    fallback,
    pay: () => sign(stack, payer),
    async post(path, request) {
      const response = await fetch(`${api}${path}`, {
        method: 'POST',
        body: JSON.stringify(request),
        headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      });
      return (await response.json()) as Record<string, unknown>;
    },
    async reaches(transaction, state) {
      const found = async () => {
        const response = await fetch(`${api}/status/${transaction}`);
        return ((await response.json()) as { state?: string }).state === state;
      };
      await waitUntil(found, { what: `${transaction} to be ${state}` });
    },
    takeCounts(provider) {
      const { operations } = provider.requests.snapshot();
      provider.requests.clear();
      return { ...operations };
    },
    async close() {
      await stack.stop();
      await fallback.close();
      await primary.close().catch(() => undefined);
      await ledger.close();
    },
  };
  return facilitator;
}

async function fundedOn(ledger: Devnet, stack: Stack, outputs: number): Promise<FundedPayer> {
  return fundPayer(
    {
      network: stack.network,
      devnet: { ...stack.devnet, url: ledger.url },
      control: {
        ...stack.control,
        async fund({ address, lovelace }) {
          const granted = ledger.faucet.grant({ address, lovelace, assets: new Map(), outputs });
          if (granted.kind === 'refused') throw new Error(granted.message);
        },
      },
    },
    { lovelace: 10_000_000n * BigInt(outputs), outputs },
  );
}

/** A payment of 2 ADA at a depth of one block, as `@x402/core` sends it. */
async function sign(stack: Stack, payer: FundedPayer): Promise<SignedRequest> {
  const paymentRequirements = {
    scheme: 'exact',
    network: stack.network,
    asset: 'lovelace',
    amount: '2000000',
    payTo: stack.payTo,
    maxTimeoutSeconds: 600,
    extra: { confirmationPolicy: { l1Confirmations: 1 } },
  };
  const { transactionId, transactionBase64, nonce } = await payer.wallet.sign(paymentRequirements);
  const paymentPayload = {
    x402Version: 2,
    resource: { url: 'https://seller.example/thing' },
    accepted: paymentRequirements,
    payload: { transaction: transactionBase64, nonce },
  };
  return { transaction: transactionId, request: { x402Version: 2, paymentPayload, paymentRequirements } };
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
