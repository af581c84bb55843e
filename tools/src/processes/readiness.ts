import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagedProcess, ProcessExit } from './start-process.js';

/** How a process shows that it is ready. */
export type Readiness =
  /** It prints a line for which `matches` is true. */
  | { readonly kind: 'line'; matches(line: string): boolean }
  /** `GET url` answers 2xx. */
  | { readonly kind: 'http'; readonly url: string }
  /** Something else that can be asked; throwing means not yet. */
  | { readonly kind: 'probe'; probe(): Promise<boolean> };

export type ReadinessOutcome =
  | { readonly kind: 'ready'; readonly line?: string }
  | { readonly kind: 'ended'; readonly exit: ProcessExit }
  /** `latest` is what the last probe met. */
  | { readonly kind: 'timed-out'; readonly latest?: string };

const PROBE_EVERY_MS = 50;

/** Waits until the process is ready, has ended, or the time is up: whichever comes first. */
export async function waitUntilReady(
  readiness: Readiness,
  managed: ManagedProcess,
  timeoutMs: number,
): Promise<ReadinessOutcome> {
  const over = new AbortController();
  const ended = managed.exited.then((exit): ReadinessOutcome => ({ kind: 'ended', exit }));
  try {
    return await Promise.race([ended, signOfLife(readiness, managed, timeoutMs, over.signal)]);
  } finally {
    over.abort();
  }
}

function signOfLife(
  readiness: Readiness,
  managed: ManagedProcess,
  timeoutMs: number,
  over: AbortSignal,
): Promise<ReadinessOutcome> {
  switch (readiness.kind) {
    case 'line':
      return readyByLine(readiness.matches, managed, timeoutMs, over);
    case 'http':
      return readyByProbe(() => answersOk(readiness.url), timeoutMs, over);
    case 'probe':
      return readyByProbe(readiness.probe, timeoutMs, over);
  }
}

function readyByLine(
  matches: (line: string) => boolean,
  managed: ManagedProcess,
  timeoutMs: number,
  over: AbortSignal,
): Promise<ReadinessOutcome> {
  return new Promise((resolve) => {
    const finish = (outcome: ReadinessOutcome) => {
      clearTimeout(timer);
      stopListening();
      resolve(outcome);
    };
    const stopListening = managed.output.onLine((line) => {
      if (matches(line)) finish({ kind: 'ready', line });
    });
    const timer = setTimeout(() => finish({ kind: 'timed-out' }), timeoutMs);
    over.addEventListener('abort', () => finish({ kind: 'timed-out' }), { once: true });
  });
}

async function readyByProbe(
  probe: () => Promise<boolean>,
  timeoutMs: number,
  over: AbortSignal,
): Promise<ReadinessOutcome> {
  const deadline = Date.now() + timeoutMs;
  let latest: string | undefined;
  while (!over.aborted && Date.now() < deadline) {
    try {
      if (await probe()) return { kind: 'ready' };
      latest = undefined;
    } catch (error) {
      latest = error instanceof Error ? error.message : String(error);
    }
    await sleep(PROBE_EVERY_MS);
  }
  return latest === undefined ? { kind: 'timed-out' } : { kind: 'timed-out', latest };
}

async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}`);
  return true;
}
