/**
 * A program that some tests need, as `provide…()` of the tools found or installed it. On a developer's machine without it
 * those tests are skipped, and this says so; in CI that would pass for a success, so there it is an error. Whoever really
 * wants to do without says `never` in the variable.
 */
export function orSkip<Provision extends { readonly kind: 'available' }>(
  provision: Provision | { readonly kind: 'unavailable'; readonly reason: string },
  forbiddenBy: string,
): Provision | undefined {
  if (provision.kind === 'available') return provision;
  const mustHaveIt = Boolean(process.env.CI) && process.env[forbiddenBy] !== 'never';
  if (mustHaveIt) throw new Error(provision.reason);
  say(`Skipped: ${provision.reason}`);
  return undefined;
}

export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
