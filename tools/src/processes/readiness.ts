import { setTimeout as sleep } from 'node:timers/promises';
import pTimeout from 'p-timeout';
import type { ManagedProcess, ProcessExit } from './start-process.js';

/** How a process shows that it is ready. */
export type Readiness =
  /** It prints a line for which `matches` is true. */
  | { readonly kind: 'line'; matches(line: string): boolean }
  /** `GET url` answers 2xx. */
  | { readonly kind: 'http'; readonly url: string }
  /** The probe returns true; when it throws, the process is not ready yet. */
  | { readonly kind: 'probe'; probe(): Promise<boolean> };

export type ReadinessOutcome =
  | { readonly kind: 'ready'; readonly line?: string }
  | { readonly kind: 'ended'; readonly exit: ProcessExit }
  /** `latest` is the error of the last probe. */
  | { readonly kind: 'timed-out'; readonly latest: string | undefined };

const PROBE_EVERY_MS = 50;

/** Waits until the process is ready, has ended, or the time is up. */
export async function waitUntilReady(
  readiness: Readiness,
  managed: ManagedProcess,
  timeoutMs: number,
): Promise<ReadinessOutcome> {
  const over = new AbortController();
  const timedOut = { kind: 'timed-out' as const, latest: undefined as string | undefined };
  const ended = managed.exited.then((exit): ReadinessOutcome => ({ kind: 'ended', exit }));
  const ready = async (): Promise<ReadinessOutcome> => {
    if (readiness.kind === 'line') return readyByLine(readiness.matches, managed, over.signal);
    const probe = readiness.kind === 'http' ? () => answersOk(readiness.url) : readiness.probe;
    while (!over.signal.aborted) {
      try {
        if (await probe()) return { kind: 'ready' };
        timedOut.latest = undefined;
      } catch (error) {
        timedOut.latest = error instanceof Error ? error.message : String(error);
      }
      await sleep(PROBE_EVERY_MS);
    }
    return timedOut;
  };
  try {
    return await pTimeout(Promise.race([ended, ready()]), {
      milliseconds: timeoutMs,
      fallback: () => timedOut,
    });
  } finally {
    over.abort();
  }
}

function readyByLine(
  matches: (line: string) => boolean,
  { output }: ManagedProcess,
  over: AbortSignal,
): Promise<ReadinessOutcome> {
  return new Promise((resolve) => {
    const stopListening = output.onLine((line) => {
      if (!matches(line)) return;
      stopListening();
      resolve({ kind: 'ready', line });
    });
    over.addEventListener('abort', stopListening, { once: true });
  });
}

async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}`);
  return true;
}
