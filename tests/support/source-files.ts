import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';

/** Every TypeScript file in the `src` of the packages in these folders, as paths from the root. */
export function sourceFiles(...parents: readonly string[]): readonly string[] {
  return parents.flatMap((parent) =>
    readdirSync(join(ROOT, parent)).flatMap((name) => {
      const folder = `${parent}/${name}/src`;
      return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `${folder}/${file}`);
    }),
  );
}
