import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where package managers put programs that an ordinary PATH does not always name. */
const USUAL_PLACES: readonly string[] = [
  '/usr/local/bin',
  '/usr/bin',
  '/usr/sbin',
  '/opt/homebrew/bin',
  '/home/linuxbrew/.linuxbrew/bin',
];

/** The path of the first program with one of these names, on PATH first; `undefined` when there is none. */
export async function findProgram(
  names: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  usualPlaces: readonly string[] = USUAL_PLACES,
): Promise<string | undefined> {
  const onPath = (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const directory of [...onPath, ...usualPlaces]) {
    for (const name of names) {
      const path = join(directory, name);
      const isExecutable = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isExecutable) return path;
    }
  }
  return undefined;
}
