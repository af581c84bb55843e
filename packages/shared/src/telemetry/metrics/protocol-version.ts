import { HIGHEST_JUDGED_PROTOCOL_VERSION, type Network } from '@x402-facilitator/cardano';
import { Gauge } from 'prom-client';
import type { MetricsRegistry } from './registry.js';

export type ProtocolVersionMetrics = {
  /** The major version that a network runs. */
  runs(network: Network, major: number): void;
};

export function createProtocolVersionMetrics(registry: MetricsRegistry): ProtocolVersionMetrics {
  const registers = [registry];
  const running = new Gauge({
    name: 'chain_protocol_version',
    help: 'Major protocol version that the network runs, as its provider says.',
    labelNames: ['network'],
    registers,
  });
  new Gauge({
    name: 'chain_protocol_version_judged',
    help: 'Highest major protocol version whose rules this process knows.',
    registers,
  }).set(HIGHEST_JUDGED_PROTOCOL_VERSION);
  return { runs: (network, major) => running.set({ network }, major) };
}
