import { formatTraceparent, parseTraceparent, runAt } from '@x402-facilitator/shared/telemetry';
import { currentPosition } from '@x402-facilitator/shared/testing';
import { describe, expect, test } from 'vitest';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  test('is read as W3C Trace Context says, and written again as it was', () => {
    const header = `00-${TRACE}-${SPAN}-01`;
    const position = parseTraceparent(header);
    expect(position).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true });
    expect(position && formatTraceparent(position)).toBe(header);
  });

  test('of a later version is read as far as this version knows it', () => {
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-00-more`)).toMatchObject({ traceId: TRACE, traceFlags: 0 });
  });

  test.each([
    ['nothing', undefined],
    ['a list', [`00-${TRACE}-${SPAN}-01`]],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['the first version with more', `00-${TRACE}-${SPAN}-01-more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['another line', `00-${TRACE}-${SPAN}-01\n`],
  ])('is not %s', (_what, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});

test('code knows its position in a trace for as long as it runs, and only inside it', async () => {
  const position = { traceId: TRACE, spanId: SPAN, traceFlags: 1 };
  const inside = runAt(position, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return currentPosition();
  });
  expect(currentPosition()).toBeUndefined();
  expect(await inside).toBe(position);
});
