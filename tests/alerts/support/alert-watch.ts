import { waitUntil } from '@x402-facilitator/tools/processes';
import type { PrometheusHandle } from '../../support/start-prometheus.js';

/** Longer than anything takes to fire or to clear by shortened rules, on a busy machine too. */
const PATIENCE_MS = 90_000;

export type AlertWatch = {
  /** Resolves once all of these are firing. */
  untilFiring(...alerts: readonly string[]): Promise<void>;
  /** Resolves once none of these is firing. */
  untilCleared(...alerts: readonly string[]): Promise<void>;
  /** Those that are firing now. */
  firing(): Promise<readonly string[]>;
  /** Those that have ever been, or in the last so many seconds. */
  everFiring(seconds?: number): Promise<readonly string[]>;
};

export function watchAlerts(
  { alerts, query }: PrometheusHandle,
  patienceMs: number = PATIENCE_MS,
): AlertWatch {
  const firing = async () => {
    const found = (await alerts()).filter(({ state }) => state === 'firing');
    return [...new Set(found.map(({ name }) => name))].toSorted();
  };
  const until = (what: string, probe: (now: readonly string[]) => boolean) =>
    waitUntil(
      async () => {
        const now = await firing();
        if (!probe(now)) throw new Error(`firing: ${now.join() || 'none'}`);
        return true;
      },
      { what, timeoutMs: patienceMs, everyMs: 200 },
    );
  return {
    firing,
    untilFiring: async (...wanted) => {
      await until(`${wanted.join(' and ')} to fire`, (now) => wanted.every((name) => now.includes(name)));
    },
    untilCleared: async (...wanted) => {
      await until(`${wanted.join(' and ')} to clear`, (now) => !wanted.some((name) => now.includes(name)));
    },
    async everFiring(seconds = 3_600) {
      const found = await query(
        `count by (alertname) (max_over_time(ALERTS{alertstate="firing"}[${Math.ceil(seconds)}s]))`,
      );
      return found.map(({ labels }) => labels.alertname ?? '').toSorted();
    },
  };
}
