import { readFileSync } from 'node:fs';
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

/** What the kernel asks of a process that makes network namespaces and mounts disks: CAP_NET_ADMIN and CAP_SYS_ADMIN. */
const NEEDED_CAPABILITIES = (1n << 12n) | (1n << 21n);

/**
 * What a test needs of the machine, if it is there; `found` is a reason in words where it is not. Then the test is skipped, and
 * one line says so. In CI that is an error for a process with the rights.
 */
export function meansOrSkip<Means>(found: Means | string): Means | undefined {
  if (typeof found !== 'string') return found;
  if (process.env.CI && hasRights()) throw new Error(found);
  process.stderr.write(`Skipped: ${found}\n`);
  return undefined;
}

/** True for root on a machine of its own; false for a user, and for root in an ordinary container. */
export function hasRights(): boolean {
  if (process.platform !== 'linux') return false;
  const [, mask = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (BigInt(`0x${mask}`) & NEEDED_CAPABILITIES) === NEEDED_CAPABILITIES;
}
