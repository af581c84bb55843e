import { readText } from '../../deploy/support/files.js';
import { DASHBOARD_DIRECTORY } from '../source/index.js';

type Source = { readonly uid: string };

/** The parts of a dashboard's file that the tests read. */
export type DashboardFile = {
  readonly title: string;
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string; readonly datasource?: Source }[];
  };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly datasource?: Source;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
    readonly targets: readonly {
      readonly expr: string;
      readonly legendFormat: string;
      readonly datasource?: Source;
    }[];
  }[];
};

export type PanelQuery = { readonly panel: string; readonly expr: string; readonly legend: string };

export function readDashboard(name: string): DashboardFile {
  return JSON.parse(readText(`${DASHBOARD_DIRECTORY}/${name}.json`)) as DashboardFile;
}

/** Every query of every panel. */
export function queriesOf({ panels }: DashboardFile): readonly PanelQuery[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ panel: title, expr, legend: legendFormat })),
  );
}

/** The series and the label of a variable's `label_values(series, label)`. */
export function variableQuery(query: string): { readonly series: string; readonly label: string } {
  const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
  if (series === undefined || label === undefined)
    throw new Error(`Expected label_values(…), found ${query}`);
  return { series, label };
}

/** A query as Grafana sends it, with intervals and variables inserted. */
export function substitute(expr: string, variables: Readonly<Record<string, string>>): string {
  return expr.replace(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole);
}
