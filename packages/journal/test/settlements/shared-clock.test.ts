import { createRedisJournal } from '@x402-facilitator/journal';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useJournal } from '../support/harness.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the clock that all workers share', () => {
  const harness = useJournal();

  it.each([-3_600_000, -8_000, 0, 8_000])(
    'is Redis’s, on a machine whose own is %i ms off',
    async (offMs) => {
      const rightNow = Date.now;
      vi.spyOn(Date, 'now').mockImplementation(() => rightNow() + offMs);
      const { sharedNowMs } = createRedisJournal({ redis: harness.redis, now: Date.now });
      const beforeMs = rightNow();
      const sharedMs = await sharedNowMs();
      // A millisecond each way: Redis tells microseconds, and this process whole milliseconds at different moments.
      expect(sharedMs).toBeGreaterThanOrEqual(beforeMs - 1);
      expect(sharedMs).toBeLessThanOrEqual(rightNow() + 1);
    },
  );
});
