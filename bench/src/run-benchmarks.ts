import type { Benchmark, RunOptions } from './benchmark.js';
import { type Report, writePage } from './page.js';
import { provider } from './provider/index.js';
import { scale } from './scale/index.js';
import { settle } from './settle/index.js';
import { soak } from './soak/index.js';
import { start } from './start/index.js';
import { status } from './status/index.js';
import type { Circumstances } from './support/index.js';
import { verify } from './verify/index.js';

/** A benchmark whose figures nobody outside needs to know. */
type Runnable = {
  readonly name: string;
  run(options: RunOptions & Frame): Promise<Report>;
};

/** What is the same for all benchmarks of one run. */
type Frame = {
  readonly circumstances: Circumstances;
  /** Where pages and charts are written; nowhere when left out. */
  readonly pagesTo: string | undefined;
};

function runnable<Figures>(benchmark: Benchmark<Figures>): Runnable {
  return {
    name: benchmark.name,
    async run({ pagesTo, circumstances, ...options }) {
      const { name } = benchmark;
      const { scale } = options;
      const findings = await benchmark.run({
        ...options,
        announce: (what) => options.announce(`${name}: ${what}`),
      });
      const report = { benchmark: name, scale, at: new Date().toISOString(), ...circumstances, ...findings };
      if (pagesTo !== undefined) await writePage(pagesTo, benchmark, report);
      return report;
    },
  };
}

/** In the order in which `all` runs them. */
export const BENCHMARKS: readonly Runnable[] = [
  runnable(verify),
  runnable(settle),
  runnable(status),
  runnable(scale),
  runnable(start),
  runnable(soak),
  runnable(provider),
];
