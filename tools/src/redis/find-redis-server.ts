import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const NAMES = ['redis-server', 'valkey-server'];

/** Where package managers put servers that an ordinary PATH does not always name. */
const USUAL_PLACES = [
  '/usr/local/bin',
  '/usr/bin',
  '/usr/sbin',
  '/opt/homebrew/bin',
  '/home/linuxbrew/.linuxbrew/bin',
];

/** The path of a `redis-server` or `valkey-server`, on PATH first; undefined when there is none. */
export async function findRedisServer(
  env: NodeJS.ProcessEnv,
  usualPlaces: readonly string[] = USUAL_PLACES,
): Promise<string | undefined> {
  const onPath = (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const directory of [...onPath, ...usualPlaces]) {
    for (const name of NAMES) {
      const candidate = join(directory, name);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
