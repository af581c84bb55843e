import { postPayments } from '../load/index.js';
import type { PreparedPayment } from '../payments/index.js';
import { usageOf } from '../support/index.js';

/** What a warm process does, and what a request costs it in CPU time: that depends less on what else the machine does. */
export type WarmFigures = {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly servingMicros: number;
  readonly allMicros: number;
};

/** Loads a warm process with `/verify`. */
export async function measureWarm({
  url,
  pid,
  payments,
  connections,
  durationMs,
}: {
  readonly url: string;
  readonly pid: number;
  readonly payments: readonly PreparedPayment[];
  readonly connections: number;
  readonly durationMs: number;
}): Promise<WarmFigures> {
  const usage = () => Promise.all([usageOf(`${pid}/task/${pid}`), usageOf(pid)]);
  const before = await usage();
  const load = { connections, cycle: true, durationMs };
  const { perSecond, sent, latency } = await postPayments(url, '/verify', payments, load);
  const [servingMicros = 0, allMicros = 0] = (await usage()).map(
    ({ cpuSeconds }, index) => ((cpuSeconds - (before[index]?.cpuSeconds ?? 0)) * 1e6) / sent,
  );
  return { perSecond, p99Ms: latency.p99Ms, servingMicros, allMicros };
}
