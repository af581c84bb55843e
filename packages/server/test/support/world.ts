import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { fundPayer, type Stack, type StackOptions, startStack } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';

/** Short, but longer than a payment needs to reach the mempool. */
const BLOCK_MS = 250;

/** No one listens there, and no one will: a system hands out no port that low. `fetch` refuses port 1. */
export const NOWHERE = 'http://127.0.0.1:2';

/** A real facilitator (API, worker, Redis, devnet) for a test file, behind a proxy that plays the network. */
export function useWorld(options: StackOptions = {}) {
  let world: { readonly stack: Stack; readonly proxy: FaultProxy } | undefined;
  beforeAll(async () => {
    const stack = await startStack({ blockMs: BLOCK_MS, paywall: false, ...options });
    world = { stack, proxy: await startFaultProxy(stack.apis[0]?.url ?? '') };
  }, 120_000);
  afterAll(async () => {
    await world?.proxy.stop();
    await world?.stack.stop();
  }, 60_000);
  const get = () => {
    if (world === undefined) throw new Error('the stack is not up yet');
    return world;
  };
  return { stack: () => get().stack, proxy: () => get().proxy };
}

export const requirementsOf = (stack: Stack, extra: Record<string, unknown> = {}): PaymentRequirements => ({
  scheme: 'exact',
  network: stack.network,
  asset: 'lovelace',
  amount: '2000000',
  payTo: stack.payTo,
  maxTimeoutSeconds: 600,
  extra: { confirmationPolicy: { l1Confirmations: 0 }, areFeesSponsored: false, ...extra },
});

/** Payments that a fresh wallet signs, as payloads. */
export async function signPayments(
  stack: Stack,
  requirements: PaymentRequirements,
  count = 1,
): Promise<PaymentPayload[]> {
  const payer = await fundPayer(stack, { outputs: count + 1 });
  return Promise.all(
    Array.from({ length: count }, async (): Promise<PaymentPayload> => {
      const signed = await payer.wallet.sign(requirements);
      return {
        x402Version: 2,
        resource: { url: 'https://shop.example/report' },
        accepted: requirements,
        payload: { transaction: signed.transactionBase64, nonce: signed.nonce },
      };
    }),
  );
}

/** A second proxy, in front of the same facilitator or of none. */
export async function useProxy(upstream: string): Promise<FaultProxy> {
  const proxy = await startFaultProxy(upstream);
  onTestFinished(() => proxy.stop());
  return proxy;
}
