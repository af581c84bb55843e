import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const KEPT_LINES = 400;

export type OutputStream = 'stdout' | 'stderr';

export type OutputListener = (line: string, stream: OutputStream) => void;

/** What a process printed: the last lines in memory, and all of them in a log file if there is one. */
export type Output = {
  /** The last lines, oldest first. */
  recent(count?: number): readonly string[];
  /** Calls `listener` with every further line until the returned function is called. */
  onLine(listener: OutputListener): () => void;
  /** Resolves when everything printed has been read and written. */
  readonly finished: Promise<void>;
};

/** Collects the lines of a process's two output streams. */
export function collectOutput(streams: Record<OutputStream, Readable>, logFile?: string): Output {
  const kept: string[] = [];
  const listeners = new Set<OutputListener>();
  if (logFile !== undefined) mkdirSync(dirname(logFile), { recursive: true });
  const file = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });

  const read = async (name: OutputStream) => {
    for await (const line of createInterface({ input: streams[name], crlfDelay: Number.POSITIVE_INFINITY })) {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      file?.write(`${line}\n`);
      for (const listener of [...listeners]) listener(line, name);
    }
  };
  const finished = Promise.allSettled([read('stdout'), read('stderr')]).then(
    () => new Promise<void>((resolve) => (file === undefined ? resolve() : file.end(() => resolve()))),
  );

  return {
    recent: (count = KEPT_LINES) => kept.slice(-count),
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    finished,
  };
}
