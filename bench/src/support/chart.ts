import { type EChartsOption, init } from 'echarts';

const WIDTH = 860;
const HEIGHT = 420;

/** Draws a chart as SVG, without a browser. */
export function drawChart(title: string, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
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
