import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where package managers put programs that an ordinary PATH does not always name. */
export const USUAL_PLACES: readonly string[] = [
  '/usr/local/bin',
  '/usr/bin',
  '/usr/sbin',
  '/opt/homebrew/bin',
  '/home/linuxbrew/.linuxbrew/bin',
];

/** The path of the first program of these names, on PATH first; undefined when there is none. */
export async function findProgram(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  usualPlaces: readonly string[] = USUAL_PLACES,
): Promise<string | undefined> {
  const onPath = (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const directory of [...onPath, ...usualPlaces]) {
    for (const name of names) {
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
