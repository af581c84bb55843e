import { readFile, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { type DenyList, readDenyList } from '@x402-facilitator/shared/screening';
import type { Logger, ScreeningMetrics } from '@x402-facilitator/shared/telemetry';

/** Looking at a file's times costs microseconds. A watch would miss a mounted file that is swapped by its symlink. */
const LOOK_EVERY_MS = 2_000;
/** About 100 000 addresses. */
const MAX_BYTES = 16 * 1_048_576;

/** The operator's own list on the disk. */
export type DenyFile = {
  /** Settles when the file was read for the first time. Rejects when it cannot be: then nothing was screened by it. */
  readonly read: Promise<void>;
  /** @returns undefined before the file was read. */
  isDenied(credentials: readonly string[]): boolean | undefined;
  close(): void;
};

/** Reads the list, and again whenever the file has changed. A version that cannot be read leaves the one before in force. */
export function openDenyFile(options: {
  readonly path: string;
  readonly metrics: Pick<ScreeningMetrics, 'denyFile'>;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}): DenyFile {
  const { path, metrics, logger } = options;
  let list: DenyList | undefined;
  /** Of the file when it was last read, well or not. */
  let version: string | undefined;
  let problem: string | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  /** @returns what is wrong with the file as it is now. @throws where it cannot be read. */
  const problemNow = async (): Promise<string | undefined> => {
    // Before the content is read: what is written meanwhile is found at the next look.
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const seen = `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    if (seen === version) return problem;
    if (size > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes, found ${size}`);
    const found = await readDenyList(await readFile(path, 'utf8'), () => setImmediate());
    version = seen;
    if (!found.ok) return `line ${found.error.line}: ${found.error.message}`;
    list = found.value;
    logger.info({ metadata: { path, entries: list.entries } }, 'the deny-list was read');
    return undefined;
  };

  const look = async () => {
    const found = await problemNow().catch((error: unknown) => {
      version = undefined;
      return error instanceof Error ? error.message : String(error);
    });
    // Once for each thing that is wrong, and not at every look.
    if (list !== undefined && found !== undefined && found !== problem)
      logger.error(
        { metadata: { path, problem: found, entries: list.entries } },
        'the deny-list cannot be read: what it was before stays in force',
      );
    problem = found;
    metrics.denyFile(list?.entries ?? 0, problem !== undefined);
  };
  const next = () => {
    if (!isClosed) timer = setTimeout(() => void look().finally(next), LOOK_EVERY_MS).unref();
  };

  const first = async () => {
    await look();
    if (list === undefined) throw new Error(`screening.denyFile: ${path}: ${problem}`);
    next();
  };
  const read = first();
  read.catch(() => undefined);
  return {
    read,
    isDenied: (credentials) =>
      list === undefined ? undefined : credentials.some((credential) => list?.credentials.has(credential)),
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
