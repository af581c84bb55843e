import type { Network } from '@x402-facilitator/cardano';
import { Counter } from 'prom-client';
import { createNetworkGauge } from './network-gauge.js';
import type { MetricsRegistry } from './registry.js';

export type SponsorshipMetrics = {
  /** A worker signed for a payment or refused to. Reported once per payment, by the worker that decided. */
  decided(network: Network, outcome: 'signed' | 'refused'): void;
  /** The fate of a lent output, and its cost in lovelace. */
  closed(
    network: Network,
    outcome: 'spent' | 'released' | 'lost',
    cost: { readonly feeLovelace: bigint; readonly lentLovelace: bigint },
  ): void;
  /** A transaction of the wallet's own was included. */
  paidForPool(network: Network, feeLovelace: bigint): void;
  /** Shows how many outputs can be reserved, from now on, read at each scrape. */
  watch(network: Network, readFree: () => Promise<number>): void;
};

/** The money that the wallet lends and spends. A second signature over the same bytes is not counted again. */
export function createSponsorshipMetrics(registry: MetricsRegistry): SponsorshipMetrics {
  const registers = [registry];
  const decided = new Counter({
    name: 'sponsorships_total',
    help: 'Sponsored payments that this worker signed for, or would not.',
    labelNames: ['network', 'outcome'],
    registers,
  });
  const closed = new Counter({
    name: 'sponsorships_closed_total',
    help: 'What became of outputs that were lent: spent, released or lost.',
    labelNames: ['network', 'outcome'],
    registers,
  });
  const lovelace = new Counter({
    name: 'sponsorship_lovelace_total',
    help: 'Lovelace that left the wallet: fees and min-ada of sponsored payments, fees of the pool’s own transactions.',
    labelNames: ['network', 'kind'],
    registers,
  });
  const free = createNetworkGauge({
    name: 'wallet_pool_utxos',
    help: 'Outputs of the wallet that can be reserved for sponsored payments now.',
    registry,
  });
  return {
    decided: (network, outcome) => decided.inc({ network, outcome }),
    closed(network, outcome, { feeLovelace, lentLovelace }) {
      closed.inc({ network, outcome });
      if (outcome !== 'spent') return;
      lovelace.inc({ network, kind: 'fee' }, Number(feeLovelace));
      lovelace.inc({ network, kind: 'lent' }, Number(lentLovelace));
    },
    paidForPool: (network, feeLovelace) => lovelace.inc({ network, kind: 'pool' }, Number(feeLovelace)),
    watch(network, readFree) {
      for (const outcome of ['signed', 'refused']) decided.inc({ network, outcome }, 0);
      for (const outcome of ['spent', 'released', 'lost']) closed.inc({ network, outcome }, 0);
      for (const kind of ['fee', 'lent', 'pool']) lovelace.inc({ network, kind }, 0);
      free.watch(network, readFree);
    },
  };
}
