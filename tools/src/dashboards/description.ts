/** One PromQL expression of a panel, and how its series are called: `{{label}}` stands for a label's value. */
export type Query = {
  readonly expr: string;
  readonly legend: string;
};

/** From where on a value is worth a look, and from where on it is bad. */
export type Limits =
  | { readonly side: 'above'; readonly warn?: number; readonly bad: number }
  | { readonly side: 'below'; readonly warn?: number; readonly bad: number };

type Shared = {
  readonly title: string;
  /** Markdown: what is shown, and how to read it. */
  readonly description: string;
  /** A page of docs/operations and its heading (`alerts.md#redis-is-down`): what to do when the panel looks bad. */
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
  /** The end of the axis; by default the greatest value. */
  readonly max?: number;
};

/** What is true now, as large figures: one for each series. */
export type Figures = Shared & {
  readonly kind: 'figures';
  /** Words and colours in place of values. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
};

export type Panel = Graph | Figures;

export type Row = { readonly title: string; readonly panels: readonly Panel[] };

/** What one can choose at the top of a dashboard; all of it by default. */
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
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
};

export const graph = (panel: Omit<Graph, 'kind'>): Graph => ({ kind: 'graph', ...panel });

export const figures = (panel: Omit<Figures, 'kind'>): Figures => ({ kind: 'figures', ...panel });
