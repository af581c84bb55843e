import { type EChartsOption, init, type SeriesOption } from 'echarts';
import type { Latency } from './statistics.js';

/** A table in Markdown. Columns of numbers are set flush right. */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const isNumeric = (column: number) => rows.some((cells) => typeof cells[column] === 'number');
  return [
    row(columns),
    row(columns.map((_, index) => (isNumeric(index) ? '--:' : '---'))),
    ...rows.map(row),
  ].join('\n');
}

/** The headings of `latencyCells`. */
export const LATENCY_COLUMNS = ['p50 ms', 'p95 ms', 'p99 ms'] as const;

export const latencyCells = ({ p50Ms, p95Ms, p99Ms }: Latency) => [p50Ms, p95Ms, p99Ms];

/** Draws a chart as SVG, without a browser. */
export function drawChart(title: string, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 420 });
  try {
    chart.setOption({
      title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
      legend: { top: 30 },
      grid: { top: 80, left: 70, right: 70, bottom: 55 },
      animation: false,
      backgroundColor: '#fff',
      ...option,
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

type Bars = { readonly name: string; readonly data: readonly number[] } & Partial<
  Extract<SeriesOption, { type?: 'bar' }>
>;

/**
 * A chart of bars.
 *
 * @param categories what stands below the bars
 * @param axes the unit of the axis on the left, and of the one on the right
 */
export function barChart(
  categories: readonly (string | number)[],
  axes: readonly string[],
  series: readonly Bars[],
): EChartsOption {
  return {
    xAxis: { type: 'category', data: categories.map(String) },
    yAxis: axes.map((name, index) => ({ type: 'value', name, splitLine: { show: index === 0 } })),
    series: series.map((each) => ({ ...each, type: 'bar', data: [...each.data] })),
  };
}
