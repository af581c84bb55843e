import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Takes the lock, waiting for a living holder and stepping over a dead one. The answer gives it back. */
export async function takeLock(directory: string): Promise<() => Promise<void>> {
  const holderFile = join(directory, 'pid');
  for (;;) {
    try {
      await mkdir(directory);
      await writeFile(holderFile, String(process.pid));
      return () => rm(directory, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await isAbandoned(directory, holderFile)) await rm(directory, { recursive: true, force: true });
    await sleep(200);
  }
}

/** A holder writes its id at once: a lock that stays without one lost its holder in between. */
async function isAbandoned(directory: string, holderFile: string): Promise<boolean> {
  const holder = await readFile(holderFile, 'utf8').catch(() => '');
  if (holder !== '') return !isAlive(Number(holder));
  const { mtimeMs } = await stat(directory).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > 10_000;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
