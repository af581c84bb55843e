import { setTimeout as sleep } from 'node:timers/promises';
import { type MeasuredFacilitator, sum } from '../support/facilitator.js';

export type IdleResult = {
  readonly seconds: number;
  readonly calls: number;
  readonly callsPerMinute: number;
};

/** Counts what a facilitator asks that has nothing to do, while a load balancer reads `/health` every second. */
export async function measureIdle(facilitator: MeasuredFacilitator, seconds: number): Promise<IdleResult> {
  facilitator.takeCounts(facilitator.primary);
  for (let second = 0; second < seconds; second += 1) {
    await fetch(`${facilitator.api}/health`);
    await sleep(1_000);
  }
  const calls = sum(facilitator.takeCounts(facilitator.primary));
  return { seconds, calls, callsPerMinute: Math.round((calls * 6_000) / seconds) / 100 };
}
