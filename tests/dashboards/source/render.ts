import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel as GrafanaPanel,
  MappingType,
  QueryVariableBuilder,
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as GaugeBuilder } from '@grafana/grafana-foundation-sdk/gauge';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DashboardDescription, Figures, Gauge, Graph, Limits, Panel, Variable } from './description.js';

/** Its name in deploy/grafana/provisioning/datasources. */
const SOURCE = { type: 'prometheus', uid: 'prometheus' };
const TAG = 'x402';
/** The version of the Grafana in docker-compose.yml. The SDK's own is newer, and Grafana migrates only upwards. */
const SCHEMA_VERSION = 40;
const HEIGHT = { graph: 8, figures: 4, gauge: 4 } as const;
const COLUMNS = 24;

/**
 * A dashboard as Grafana reads it from a file.
 *
 * @throws Error when the panels of a row do not fill its lines: Grafana would leave gaps
 */
export function renderDashboard(description: DashboardDescription): Dashboard {
  const builder = new DashboardBuilder(description.title)
    .uid(`x402-${description.name}`)
    .description(description.description)
    .tags([TAG, ...(description.tags ?? [])])
    .timezone(description.timezone ?? 'browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .link(
      new DashboardLinkBuilder('Dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(SOURCE)
        .enable(true)
        .iconColor('red')
        .expr('ALERTS{alertname=~"X402.*", alertstate="firing"}')
        .titleFormat('{{alertname}}'),
    )
    .variables(description.variables.map(variableOf));
  let id = 0;
  for (const { title, panels } of description.rows) {
    if (!fillsItsLines(panels))
      throw new Error(`${description.name}: the lines of row ${title} are not full`);
    id += 1;
    builder.withRow(new RowBuilder(title).id(id));
    for (const panel of panels) {
      id += 1;
      builder.withPanel(panelOf(panel, id));
    }
  }
  return { ...builder.build(), schemaVersion: SCHEMA_VERSION };
}

/** Whether panels fill lines of 24 columns, each with panels of one height. */
function fillsItsLines(panels: readonly Panel[]): boolean {
  let line: Panel[] = [];
  for (const panel of panels) {
    line.push(panel);
    const columns = line.reduce((sum, { width }) => sum + width, 0);
    if (columns > COLUMNS || HEIGHT[panel.kind] !== HEIGHT[line[0]?.kind ?? panel.kind]) return false;
    if (columns === COLUMNS) line = [];
  }
  return line.length === 0;
}

function variableOf({ name, label, of, on }: Variable): QueryVariableBuilder {
  const query = `label_values(${on}, ${of})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCE)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' });
}

function panelOf(panel: Panel, id: number): Builder<GrafanaPanel> {
  const builder = (
    panel.kind === 'graph' ? graphOf(panel) : panel.kind === 'gauge' ? gaugeOf(panel) : figuresOf(panel)
  )
    .id(id)
    .title(panel.title)
    .description(
      panel.runbook === undefined
        ? panel.description
        : `${panel.description}\n\nRunbook: docs/operations/${panel.runbook}`,
    )
    .datasource(SOURCE)
    .height(HEIGHT[panel.kind])
    .span(panel.width)
    .unit(panel.unit)
    .targets(targetsOf(panel))
    .thresholds(thresholdsOf(panel.limits));
  return panel.decimals === undefined ? builder : builder.decimals(panel.decimals);
}

function targetsOf({ kind, queries }: Panel): Builder<Dataquery>[] {
  return queries.map(({ expr, legend }, index) => {
    const query = new DataqueryBuilder()
      .datasource(SOURCE)
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .expr(expr)
      .legendFormat(legend);
    return kind === 'graph' ? query.range() : query.instant();
  });
}

function graphOf({ isStacked = false, max, limits }: Graph): TimeseriesBuilder {
  const builder = new TimeseriesBuilder()
    .min(0)
    .lineWidth(1)
    .fillOpacity(isStacked ? 40 : 10)
    .stacking(new StackingConfigBuilder().mode(isStacked ? StackingMode.Normal : StackingMode.None))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(
        limits === undefined ? GraphThresholdsStyleMode.Off : GraphThresholdsStyleMode.Dashed,
      ),
    );
  return max === undefined ? builder : builder.max(max);
}

function figuresOf({ words = {} }: Figures): StatBuilder {
  const mappings = Object.keys(words).length === 0 ? [] : [{ type: MappingType.ValueToText, options: words }];
  return new StatBuilder()
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .mappings(mappings as Parameters<StatBuilder['mappings']>[0]);
}

function gaugeOf({ min, max }: Gauge): GaugeBuilder {
  return new GaugeBuilder()
    .min(min)
    .max(max)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false));
}

/** Grafana's steps go upwards: each one begins at its value, and the first one at minus infinity. */
function thresholdsOf(limits: Limits | undefined): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(stepsOf(limits));
}

function stepsOf(limits: Limits | undefined): Threshold[] {
  if (limits === undefined) return [{ value: null, color: 'green' }];
  const { side, warn, bad } = limits;
  if (side === 'above')
    return [
      { value: null, color: 'green' },
      ...(warn === undefined ? [] : [{ value: warn, color: 'yellow' }]),
      { value: bad, color: 'red' },
    ];
  return [
    { value: null, color: 'red' },
    ...(warn === undefined ? [{ value: bad, color: 'green' }] : [{ value: bad, color: 'yellow' }]),
    ...(warn === undefined ? [] : [{ value: warn, color: 'green' }]),
  ];
}
