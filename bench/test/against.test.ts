import { describe, expect, it } from 'vitest';
import { type Figure, figuresOf, noiseOf, ratiosOf } from '../src/against/figures.js';

const rate = (value: number): Figure => ({ name: 'verify perSecond', better: 'more', value });
const time = (value: number): Figure => ({ name: 'verify p99Ms', better: 'less', value });

describe('the figures of a report', () => {
  it('are its rates, middle and slow times, each with its place, and no settings', () => {
    const figures = {
      points: [
        { cache: 'warm', connections: 1, perSecond: 900, p50Ms: 1, p95Ms: 2, p99Ms: 3, requests: 7 },
        { cache: 'warm', connections: 64, perSecond: 1200, p50Ms: 50, p95Ms: 60, p99Ms: 70, requests: 9 },
      ],
      submitted: [{ offeredPerSecond: 20, toSubmitted: { p50Ms: 4 } }],
      queueAddPerSecond: 5,
    };
    expect(figuresOf(figures, 'verify')).toEqual([
      { name: 'verify points cache=warm connections=1 perSecond', better: 'more', value: 900 },
      { name: 'verify points cache=warm connections=1 p50Ms', better: 'less', value: 1 },
      { name: 'verify points cache=warm connections=1 p99Ms', better: 'less', value: 3 },
      { name: 'verify points cache=warm connections=64 perSecond', better: 'more', value: 1200 },
      { name: 'verify points cache=warm connections=64 p50Ms', better: 'less', value: 50 },
      { name: 'verify points cache=warm connections=64 p99Ms', better: 'less', value: 70 },
      { name: 'verify submitted offeredPerSecond=20 toSubmitted p50Ms', better: 'less', value: 4 },
      { name: 'verify queueAddPerSecond', better: 'more', value: 5 },
    ]);
  });
});

describe('the figures of a server', () => {
  it('include its own time for each request, which other work on the machine disturbs least', () => {
    const verify = { connections: 64, perSecond: 2_000, serverCores: 0.8 };
    const status = { perSecond: 5_000, busyness: { processes: { api: 0.5 } } };
    const time = (figures: object) =>
      figuresOf(figures, 'it').find(({ name }) => name.endsWith('PerRequest'));
    expect(time(verify)).toMatchObject({ better: 'less', value: 400 });
    expect(time(status)).toMatchObject({ better: 'less', value: 100 });
    expect(time({ perSecond: 0, serverCores: 1 })).toBeUndefined();
  });
});

describe('ratios of pairs', () => {
  it('have a verdict where all pairs agree, by what is better of the figure', () => {
    const ratios = ratiosOf([
      { this: [rate(110), time(11)], that: [rate(100), time(10)] },
      { this: [rate(150), time(30)], that: [rate(100), time(10)] },
      { this: [rate(120), time(12)], that: [rate(100), time(10)] },
    ]);
    expect(ratios).toMatchObject([
      { name: 'verify perSecond', min: 1.1, median: 1.2, max: 1.5, verdict: 'better' },
      { name: 'verify p99Ms', min: 1.1, median: 1.2, max: 3, verdict: 'worse' },
    ]);
    expect(noiseOf(ratios)).toEqual({ medianPercent: 0, maxPercent: 173 });
  });

  it('have none where the pairs disagree, and leave out what only one side measures or what is 0', () => {
    const pairs = [
      { this: [rate(90), time(0), { ...time(1), name: 'new' }], that: [rate(100), time(0)] },
      { this: [rate(110), time(0), { ...time(1), name: 'new' }], that: [rate(100), time(0)] },
    ];
    expect(ratiosOf(pairs)).toEqual([
      expect.objectContaining({ name: 'verify perSecond', min: 0.9, max: 1.1, verdict: undefined }),
    ]);
  });
});
