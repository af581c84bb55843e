import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { onTestFinished } from 'vitest';

const EVERY_MS = 50;

/** Collects garbage again and again until the test has ended: what nothing holds is gone at once, as it is sooner or later. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const timer = setInterval(runInNewContext('gc'), EVERY_MS);
  onTestFinished(() => clearInterval(timer));
}
