import { totalmem } from 'node:os';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Tier } from '../../config/load-config.js';

/** What a process reports about itself. */
export type Build = {
  readonly tier: Tier;
  /** Of the package. */
  readonly version: string;
  /** Git commit that the image was built from; `unknown` outside an image. */
  readonly commit?: string | undefined;
};

/** All metrics of a process. A test that runs several APIs or workers in one process has one registry for each. */
export type MetricsRegistry = Registry;

/** A scrape's answer in the exposition format. */
export type Exposition = { readonly contentType: string; readonly body: string };

/** Creates the registry of one process, with Node's own metrics and `x402_build_info` in it. */
export function createRegistry({ tier, version, commit = 'unknown' }: Build): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'x402_build_info',
    help: 'Always 1; its labels say what runs here.',
    labelNames: ['version', 'commit', 'tier'],
    registers: [registry],
  }).set({ version, commit, tier }, 1);
  const memory = new Gauge({
    name: 'x402_memory_limit_bytes',
    help: 'Memory that this process may use, from its container where that has a limit.',
    registers: [registry],
  });
  memory.set(memoryLimitBytes());
  return registry;
}

/** Without a container limit, Node returns 0 or more than the machine's memory. */
function memoryLimitBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** Reads all metrics in the format of Prometheus. Gauges that ask Redis have a time limit of their own. */
export async function expose(registry: MetricsRegistry): Promise<Exposition> {
  return { contentType: registry.contentType, body: await registry.metrics() };
}
