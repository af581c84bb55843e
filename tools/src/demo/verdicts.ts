import type { ManagedProcess } from '../processes/index.js';

/** A verdict as the API logged it: one line per request. */
export type LoggedVerdict = {
  /** `valid`, or the code of the refusal. */
  readonly outcome: string;
  readonly responseTimeMs: number;
};

/** Calls `listener` with the verdict of every `/verify` that this API answers, until the returned function is called. */
export function onVerdict(api: ManagedProcess, listener: (verdict: LoggedVerdict) => void): () => void {
  return api.output.onLine((line) => {
    const entry = parseLine(line);
    if (entry?.route === '/verify' && typeof entry.outcome === 'string') {
      listener({ outcome: entry.outcome, responseTimeMs: Number(entry.responseTime) });
    }
  });
}

function parseLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
