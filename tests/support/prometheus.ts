import { type PrometheusPrograms, providePrometheus } from '@x402-facilitator/tools/prometheus';

/**
 * Prometheus and promtool, installed if need be and permitted. On a developer's machine without them the tests that need
 * them are skipped, and this says so; in CI that would pass for a success, so there it is an error. Whoever really wants
 * to do without says PROMETHEUS_INSTALL=never.
 */
export async function prometheusOrSkip(): Promise<PrometheusPrograms | undefined> {
  const provision = await providePrometheus({ announce: say });
  if (provision.kind === 'available') return provision;
  const mustHaveIt = Boolean(process.env.CI) && process.env.PROMETHEUS_INSTALL !== 'never';
  if (mustHaveIt) throw new Error(provision.reason);
  say(`Skipped: ${provision.reason}`);
  return undefined;
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
