/** One PromQL expression of a panel, and the name of its series: `{{label}}` stands for a label's value. */
export type Query = {
  readonly expr: string;
  readonly legend: string;
};

/** The values from which on a panel shows a warning, and from which on it shows red. */
export type Limits =
  | { readonly side: 'above'; readonly warn?: number; readonly bad: number }
  | { readonly side: 'below'; readonly warn?: number; readonly bad: number };

type Shared = {
  readonly title: string;
  /** Markdown: what the panel shows, and how to read it. */
  readonly description: string;
  /** A page of docs/operations and its heading, with a `#` between them: what to do when the panel looks bad. */
  readonly runbook?: string;
  /** One of Grafana's units. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly limits?: Limits;
  /** Of 24 columns. */
  readonly width: number;
  readonly decimals?: number;
};

/** Lines over time. */
export type Graph = Shared & {
  readonly kind: 'graph';
  /** Parts of a whole, one upon the other. */
  readonly isStacked?: boolean;
  /** The end of the axis; by default the largest value. */
  readonly max?: number;
};

/** The current values as large figures, one for each series. */
export type Figures = Shared & {
  readonly kind: 'figures';
  /** Words and colours instead of values. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
};

/** A value between two ends. */
export type Gauge = Shared & {
  readonly kind: 'gauge';
  readonly min: number;
  readonly max: number;
};

export type Panel = Graph | Figures | Gauge;

export type Row = { readonly title: string; readonly panels: readonly Panel[] };

/** What a reader can choose at the top of a dashboard; all by default. */
export type Variable = {
  readonly name: string;
  readonly label: string;
  /** The values that this label has … */
  readonly of: string;
  /** … on these series. */
  readonly on: string;
};

export type DashboardDescription = {
  /** Part of the dashboard's address in Grafana, and the name of its file. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Besides `x402`, by which the dashboards link to each other. */
  readonly tags?: readonly string[];
  readonly timezone?: 'utc';
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
};

/** A panel as it is written down: with one query, or with several. */
type Written<P extends Panel> = Omit<P, 'kind' | 'queries'> & (Query | Pick<P, 'queries'>);

const queriesOf = (panel: Query | { readonly queries: readonly Query[] }) =>
  'queries' in panel ? panel.queries : [{ expr: panel.expr, legend: panel.legend }];

export const graph = (panel: Written<Graph>): Graph => ({
  ...panel,
  kind: 'graph',
  queries: queriesOf(panel),
});

export const gauge = (panel: Written<Gauge>): Gauge => ({
  ...panel,
  kind: 'gauge',
  queries: queriesOf(panel),
});

export const figures = (panel: Written<Figures>): Figures => ({
  ...panel,
  kind: 'figures',
  queries: queriesOf(panel),
});
