import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { onTestFinished } from 'vitest';

const LEAST_PAUSE_MS = 50;
/** Of the time that one collection takes, so that a large heap leaves time for the test. */
const PAUSES = 4;

/** Collects garbage again and again until the test has ended: what nothing holds is gone at once, as it is sooner or later. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  let timer: NodeJS.Timeout;
  const again = () => {
    const startedMs = performance.now();
    collect();
    timer = setTimeout(again, Math.max(LEAST_PAUSE_MS, PAUSES * (performance.now() - startedMs)));
  };
  again();
  onTestFinished(() => clearTimeout(timer));
}
