import { totalmem } from 'node:os';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Tier } from '../../config/index.js';

/** What a process says of itself. */
export type Build = {
  readonly tier: Tier;
  /** Of the package. */
  readonly version: string;
  /** Git commit that the image was built from; `unknown` outside an image. */
  readonly commit?: string | undefined;
};

/** All that a process counts. One per process; tests that run several in one process have several. */
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

/** Without a container's limit, Node answers 0 or a number beyond all memory. */
function memoryLimitBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** Reads everything as Prometheus wants it. Gauges that ask Redis give up by themselves. */
export async function expose(registry: MetricsRegistry): Promise<Exposition> {
  return { contentType: registry.contentType, body: await registry.metrics() };
}
