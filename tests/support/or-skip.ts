import { findProgram } from '@x402-facilitator/tools/processes';

/**
 * The paths of programs that some tests need. On a developer's machine without them those tests are skipped, and one
 * line says so. In CI a skipped test would look like a success, so there it is an error.
 *
 * @param programs for each program the names that it may have
 * @param debianPackage what to install
 */
export async function programsOrSkip<const Names extends readonly (readonly [string, ...string[]])[]>(
  programs: Names,
  debianPackage: string,
): Promise<{ readonly [Program in keyof Names]: string } | undefined> {
  const found = await Promise.all(programs.map((names) => findProgram(names)));
  const missing = programs.flatMap(([name], index) => (found[index] === undefined ? [name] : []));
  if (missing.length === 0) return found as unknown as { readonly [Program in keyof Names]: string };
  const reason = `${missing.join(' and ')} not found: put it on PATH, or \`sudo apt-get install ${debianPackage}\``;
  if (process.env.CI) throw new Error(reason);
  process.stderr.write(`Skipped: ${reason}\n`);
  return undefined;
}
