import { x402Client } from '@x402/core/client';
import { wrapFetchWithPayment } from '@x402/fetch';
import {
  type Buyer,
  blockfrost,
  createBuyer,
  ExactCardanoClient,
  newSeedPhrase,
  openWallet,
} from '@x402-facilitator/client';
import type { Stack } from './stack.js';

export type FundedPayer = Pick<Buyer, 'wallet'> & {
  readonly pay: Buyer['buy'];
  /** The plain way: `@x402/fetch` around the same wallet. */
  readonly fetch: typeof globalThis.fetch;
  /** A secret: no log may hold it. */
  readonly seedPhrase: string;
};

export type Funds = {
  readonly lovelace?: bigint;
  /** Atomic units of the test token. */
  readonly tokens?: bigint;
  /** The number of equal outputs, and so of payments that can run at once. */
  readonly outputs?: number;
};

/** A payer with a fresh wallet on the stack's devnet and money from its faucet. */
export async function fundPayer(
  stack: Pick<Stack, 'devnet' | 'control' | 'network'>,
  { lovelace = 1_000_000_000n, tokens = 0n, outputs = 1 }: Funds = {},
): Promise<FundedPayer> {
  const seedPhrase = newSeedPhrase();
  const wallet = await openWallet({
    chain: blockfrost(stack.network, { url: stack.devnet.url }),
    secret: { seedPhrase },
  });
  await stack.control.fund({ address: wallet.address, lovelace, tokens, outputs });
  const limits = 'unlimited';
  const client = new x402Client()
    .register(wallet.network, new ExactCardanoClient({ wallet, limits }))
    .setSpendControls({ allowedAssets: true });
  const { buy: pay } = createBuyer({ wallet, limits });
  return { wallet, pay, fetch: wrapFetchWithPayment(fetch, client), seedPhrase };
}
