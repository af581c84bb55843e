import type { EChartsOption } from 'echarts';
import type { Target } from './support/index.js';

/** How much is measured: for the record, a little of everything, or only that it can be. */
export type Scale = 'full' | 'quick' | 'smoke';

export type RunOptions = {
  readonly scale: Scale;
  /** Of `soak`: how many, instead of the scale's own number. */
  readonly settlements?: number | undefined;
  /** Of `soak`: over how long. */
  readonly seconds?: number | undefined;
  /** Told what is being done. */
  readonly announce: (what: string) => void;
};

/** What a benchmark found, beside the machine and the versions, which are the same for all. */
export type Findings<Figures> = {
  /** What was set for it, in words. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly figures: Figures;
  /** Figures over baselines of the same run: these travel from one machine to another. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly targets: readonly Target[];
};

export type Benchmark<Figures> = {
  readonly name: string;
  /** For people: the heading of its page. */
  readonly title: string;
  run(options: RunOptions): Promise<Findings<Figures>>;
  /** The tables of its page, as Markdown. */
  describe(findings: Findings<Figures>): string;
  chart(findings: Findings<Figures>): EChartsOption;
};
