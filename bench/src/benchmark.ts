import type { EChartsOption } from 'echarts';
import type { Target } from './support/index.js';

/** How much is measured: everything for the record, a little of it, or just enough to see that it runs. */
export type Scale = 'full' | 'quick' | 'smoke';

export type RunOptions = {
  readonly scale: Scale;
  /** For `soak`: replaces the scale's own number. */
  readonly settlements?: number | undefined;
  /** For `soak`: replaces the scale's own duration. */
  readonly seconds?: number | undefined;
  /** Is told what happens now. */
  readonly announce: (what: string) => void;
};

/** What a benchmark found. The machine and the versions are the same for all benchmarks of a run, so they are not here. */
export type Findings<Figures extends object = object> = {
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly figures: Figures;
  /** Figures over baselines of the same run: you can compare these between machines. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly targets: readonly Target[];
  /** The tables of its page, as Markdown. */
  readonly tables: string;
  readonly chart: EChartsOption;
};

export type Benchmark<Figures extends object = object> = {
  readonly name: string;
  /** The heading of its page. */
  readonly title: string;
  run(options: RunOptions): Promise<Findings<Figures>>;
};
