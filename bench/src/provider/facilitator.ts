import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type Environment, type Stack, startStack } from '@x402-facilitator/tools/stack';
import { openPaymentSigner, type PreparedPayment } from '../payments/index.js';
import { sum } from '../support/index.js';

/** The whole product, which reads one ledger through two providers that the benchmark can count and break. */
export type MeasuredFacilitator = {
  readonly stack: Stack;
  readonly api: string;
  /** The ledger itself, for the faucet: what is asked there is not counted. */
  readonly ledger: Devnet;
  readonly primary: Devnet;
  sign(): PreparedPayment;
  post(path: '/verify' | '/settle', payment: PreparedPayment): Promise<Record<string, unknown>>;
  /** Waits until a settlement is in a state. */
  reaches(payment: PreparedPayment, state: string): Promise<void>;
  /** Settles one payment, from the signature to its confirmation. */
  settleOne(): Promise<void>;
  /** Counts what the facilitator asked of the primary since the last call, without the operations of `except`. */
  takeCount(except?: readonly string[]): number;
  close(): Promise<void>;
};

const PAYMENTS = 10;

export async function startMeasured(options: {
  readonly fallbacks?: boolean;
  readonly settings: Environment;
}): Promise<MeasuredFacilitator> {
  const ledger = await startDevnet({ blockMs: 0 });
  const primary = await startDevnet({ ledgerOf: ledger });
  const fallback = await startDevnet({ ledgerOf: ledger });
  const stack = await startStack({
    blockMs: 0,
    paywall: false,
    settings: {
      X402_CHAIN__BLOCKFROST__URL: primary.url,
      ...(options.fallbacks
        ? { X402_CHAIN__FALLBACKS: JSON.stringify([{ type: 'koios', url: fallback.koiosUrl }]) }
        : {}),
      ...options.settings,
    },
  });
  const { network, payTo } = stack;
  const signer = await openPaymentSigner(
    { devnet: ledger, network, payTo },
    { outputs: PAYMENTS, ownParents: true },
  );
  const api = stack.apis[0]?.url ?? '';

  const facilitator: MeasuredFacilitator = {
    stack,
    api,
    ledger,
    primary,
    sign() {
      const [payment] = signer.sign(1);
      if (payment === undefined) throw new Error('expected a payment');
      return payment;
    },
    async post(path, { body }) {
      const response = await fetch(`${api}${path}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      });
      return (await response.json()) as Record<string, unknown>;
    },
    async reaches({ txHash }, state) {
      const found = async () => {
        const response = await fetch(`${api}/status/${txHash}`);
        return ((await response.json()) as { state?: string }).state === state;
      };
      await waitUntil(found, { what: `${txHash} to be ${state}` });
    },
    async settleOne() {
      const payment = facilitator.sign();
      await facilitator.post('/settle', payment);
      await facilitator.reaches(payment, 'submitted');
      ledger.timer.forge(1);
      await facilitator.reaches(payment, 'included');
      ledger.timer.forge(1);
      await facilitator.reaches(payment, 'confirmed');
    },
    takeCount(except = []) {
      const { operations } = primary.requests.snapshot();
      primary.requests.clear();
      const counted = Object.entries(operations).filter(([name]) => !except.includes(name));
      return sum(counted.map(([, count]) => count));
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
