import { expect, test } from 'vitest';
import { readPreference } from '../src/routes/prefer.js';

const offered = { waitMs: 75_000, maxWaitMs: 85_000 };

test.each([
  [undefined, 75_000, ''],
  ['respond-async', 0, 'respond-async'],
  ['Respond-Async', 0, 'respond-async'],
  ['wait=10', 10_000, 'wait=10'],
  ['wait="10"', 10_000, 'wait=10'],
  ['wait=0', 0, 'wait=0'],
  ['wait=600', 85_000, 'wait=85'],
  ['respond-async, wait=5', 5_000, 'respond-async, wait=5'],
  ['handling=lenient; x=1, wait=3; y', 3_000, 'wait=3'],
  ['wait=-1', 75_000, ''],
  ['wait=soon', 75_000, ''],
  [['return=minimal', 'respond-async'], 0, 'respond-async'],
])('Prefer: %s waits %i ms and applies "%s"', (header, waitMs, applied) => {
  expect(readPreference(header, offered)).toEqual({ waitMs, applied });
});
