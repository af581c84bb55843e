import { type PrometheusPrograms, providePrometheus } from '@x402-facilitator/tools/prometheus';
import { orSkip, say } from './or-skip.js';

/** Prometheus and promtool, installed if need be and permitted; undefined where their tests are to be skipped. */
export async function prometheusOrSkip(): Promise<PrometheusPrograms | undefined> {
  return orSkip(await providePrometheus({ announce: say }), 'PROMETHEUS_INSTALL');
}
