import type { Config } from '@x402-facilitator/shared/config';
import type { Logger } from '@x402-facilitator/shared/telemetry';
import { type FacilitatorWallet, openWallet, type WalletSecret } from './open-wallet.js';

/**
 * Opens the configured wallet on every served network. Without a wallet, payments that need no signature of ours still
 * settle.
 *
 * @throws WalletError
 */
export async function openConfiguredWallets(
  config: Config,
  logger: Logger,
): Promise<readonly FacilitatorWallet[]> {
  const secret = walletSecret(config);
  if (secret === undefined) {
    logger.info('no wallet is configured: only transactions that payers sign themselves are served');
    return [];
  }
  const wallets = await Promise.all(
    [...config.networks.values()].map(({ network, providers: [blockfrost] }) =>
      openWallet({ network, secret, blockfrost }),
    ),
  );
  for (const { network, address } of wallets)
    logger.info({ network, metadata: { address } }, 'wallet opened');
  return wallets;
}

function walletSecret({ chain }: Config): WalletSecret | undefined {
  const { seedPhrase, privateKey } = chain.facilitator ?? {};
  if (seedPhrase !== undefined) return { kind: 'seedPhrase', seedPhrase };
  return privateKey === undefined ? undefined : { kind: 'privateKey', privateKey };
}
