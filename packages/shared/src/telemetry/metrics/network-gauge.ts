import type { Network } from '@x402-facilitator/cardano';
import { Gauge } from 'prom-client';
import { readAtScrape } from './read-at-scrape.js';
import type { MetricsRegistry } from './registry.js';

/** One number for each watched network, read at each scrape. A network whose number cannot be read shows no sample. */
export function createNetworkGauge(options: {
  readonly name: string;
  readonly help: string;
  readonly registry: MetricsRegistry;
}): { watch(network: Network, read: () => Promise<number | undefined>): void } {
  const { name, help, registry } = options;
  const watched: { readonly network: Network; readonly read: () => Promise<number | undefined> }[] = [];
  new Gauge({
    name,
    help,
    labelNames: ['network'],
    registers: [registry],
    async collect() {
      const found = await Promise.all(
        watched.map(async ({ network, read }) => ({ network, value: await read() })),
      );
      this.reset();
      for (const { network, value } of found) if (value !== undefined) this.set({ network }, value);
    },
  });
  return {
    watch: (network, read) => void watched.push({ network, read: readAtScrape(read) }),
  };
}
