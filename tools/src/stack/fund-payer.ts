import { generateSeedPhrase } from '@lucid-evolution/lucid';
import { blockfrost, createPayer, openWallet, type Payer } from '@x402-facilitator/example-payer';
import type { Stack } from './stack.js';

export type FundedPayer = Payer & {
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
  const seedPhrase = generateSeedPhrase();
  const wallet = await openWallet({
    network: stack.network,
    secret: { seedPhrase },
    provider: blockfrost({ url: stack.devnet.url }),
  });
  await stack.control.fund({ address: wallet.address, lovelace, tokens, outputs });
  return { ...createPayer({ wallet }), seedPhrase };
}
