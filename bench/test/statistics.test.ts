import { describe, expect, it } from 'vitest';
import { latencyOf, meanOf, medianBy, percentile, rounded, slopeOf } from '../src/support/statistics.js';

const oneToHundred = Array.from({ length: 100 }, (_, index) => index + 1);

describe('percentile', () => {
  it('is the nearest rank: of 1 to 100, the 99th is 99 and the last is 100', () => {
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(oneToHundred, share))).toEqual([50, 95, 99, 100]);
  });

  it('is always a value that was measured, however few there are', () => {
    expect(percentile([7], 0.01)).toBe(7);
    expect(percentile([3, 9], 0.5)).toBe(3);
    expect(percentile([3, 9], 0.51)).toBe(9);
  });

  it('is 0 of nothing', () => {
    expect(percentile([], 0.99)).toBe(0);
  });
});

describe('latencyOf', () => {
  it('does not care for the order, and leaves its argument as it was', () => {
    const durations = oneToHundred.toReversed();
    expect(latencyOf(durations)).toEqual({ p50Ms: 50, p95Ms: 95, p99Ms: 99, maxMs: 100 });
    expect(durations[0]).toBe(100);
  });
});

describe('medianBy', () => {
  it('is the middle one of three, and the lower of two', () => {
    const rates = [{ rate: 900 }, { rate: 10 }, { rate: 800 }];
    expect(medianBy(rates, ({ rate }) => rate)).toEqual({ rate: 800 });
    expect(medianBy(rates.slice(0, 2), ({ rate }) => rate)).toEqual({ rate: 10 });
    expect(medianBy([], () => 0)).toBeUndefined();
  });
});

describe('slopeOf', () => {
  it('is exact on a line, wherever it begins', () => {
    const points = [10, 20, 40].map((x) => ({ x, y: 3 * x - 7 }));
    expect(slopeOf(points)).toBeCloseTo(3, 12);
  });

  it('is flat for what goes up and down alike', () => {
    const points = [0, 1, 2, 3].map((x) => ({ x, y: x === 1 || x === 2 ? 10 : 0 }));
    expect(slopeOf(points)).toBeCloseTo(0, 12);
  });

  it('is 0 where nothing can be said: no point, or one moment only', () => {
    expect(slopeOf([])).toBe(0);
    expect(
      slopeOf([
        { x: 5, y: 1 },
        { x: 5, y: 9 },
      ]),
    ).toBe(0);
  });
});

describe('what tables show', () => {
  it('has as many digits as the size of a figure deserves', () => {
    expect([0.1234, 9.999, 12.345, 99.96, 1234.5].map(rounded)).toEqual([0.12, 10, 12.3, 100, 1235]);
  });

  it('has 0 as the mean of nothing', () => {
    expect(meanOf([])).toBe(0);
    expect(meanOf([1, 2, 6])).toBe(3);
  });
});
