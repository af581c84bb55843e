import { findProgram, type InstallOptions, installPackage } from '../debian/index.js';

export type BrowserProvision =
  | { readonly kind: 'available'; readonly chromium: string }
  /** `reason` says in one line what is missing and how to give it. */
  | { readonly kind: 'unavailable'; readonly reason: string };

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] as const;

/**
 * A Chromium from PATH, else installed by apt-get or brew, unless `CHROMIUM_INSTALL=never` forbids it. Never throws.
 */
export async function provideChromium(options: Partial<InstallOptions> = {}): Promise<BrowserProvision> {
  const { env = process.env, announce = () => {} } = options;
  const here = await findProgram(PROGRAMS, env, options.usualPlaces);
  if (here !== undefined) return { kind: 'available', chromium: here };

  const installation = await installPackage(
    { programs: PROGRAMS, apt: 'chromium', forbiddenBy: 'CHROMIUM_INSTALL' },
    { ...options, env, announce },
  );
  if (installation.kind === 'installed') return { kind: 'available', chromium: installation.binary };
  return {
    kind: 'unavailable',
    reason: `Chromium is not here (${installation.reason}): put one on PATH, or \`sudo apt-get install chromium\``,
  };
}
