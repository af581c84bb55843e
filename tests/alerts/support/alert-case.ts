export type Labels = Readonly<Record<string, string>>;

/** Series as Prometheus could have scraped them, and the alerts that fire over time. */
export type AlertCase = {
  /** What the series show. */
  readonly name: string;
  /** Samples by series, in promtool's notation: `0+60x10` is 0, 60, 120, … 600; `_` is a missing sample. */
  readonly series: Readonly<Record<string, string>>;
  /** Time between samples; a minute by default. */
  readonly interval?: string;
  /** By the time since the first sample: the labels of each firing alert, severity left out. */
  readonly firing: Readonly<Record<string, readonly Labels[]>>;
};

/** At least one that fires and one that never does. */
export type AlertCases = Readonly<Record<string, readonly AlertCase[]>>;
