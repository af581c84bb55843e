import type { Network } from '@x402-facilitator/cardano';
import { Gauge } from 'prom-client';
import type { MetricsRegistry } from './registry.js';

export type WalletMetrics = {
  /** Shows a wallet's balance from now on. */
  watch(network: Network, readLovelace: () => Promise<bigint>, onError: (error: unknown) => void): void;
};

/**
 * Reading a balance costs provider calls, so there is at most one read in this time, and none without scrapes. With a scrape
 * every 15 seconds, what Prometheus holds is a minute old at most.
 */
const READ_EVERY_MS = 45_000;

/** A scrape shows the last read. When that is old, it starts a new read for later scrapes. */
export function createWalletMetrics(registry: MetricsRegistry, now: () => number = Date.now): WalletMetrics {
  const wallets: { readonly refresh: () => void }[] = [];
  const balance = new Gauge({
    name: 'wallet_balance_lovelace',
    help: 'Lovelace in the facilitator’s own wallet, read within the last minute.',
    labelNames: ['network'],
    registers: [registry],
    collect() {
      for (const { refresh } of wallets) refresh();
    },
  });
  return {
    watch(network, readLovelace, onError) {
      let nextReadMs = Number.NEGATIVE_INFINITY;
      const refresh = () => {
        if (now() < nextReadMs) return;
        nextReadMs = now() + READ_EVERY_MS;
        readLovelace().then(
          (lovelace) => balance.set({ network }, Number(lovelace)),
          (error: unknown) => {
            // What is not known is not shown: an old balance would hide a loss.
            balance.remove({ network });
            onError(error);
          },
        );
      };
      wallets.push({ refresh });
    },
  };
}
