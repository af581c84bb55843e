import spdxSatisfies from 'spdx-satisfies';
import type { DeployedPackage } from './read-packages.js';

/** Licences of packages that we may pass on with what we build. Another one is a decision: make it here. */
export const ACCEPTED_LICENSES = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
] as const;

/** The packages that we may not pass on: another licence, or one that SPDX does not know. */
export function findUnacceptedLicenses(packages: readonly DeployedPackage[]): readonly DeployedPackage[] {
  return packages.filter(({ license }) => !isAccepted(license));
}

function isAccepted(license: string): boolean {
  try {
    return spdxSatisfies(license, ACCEPTED_LICENSES);
  } catch {
    // It is not an SPDX expression, so a person must read it.
    return false;
  }
}
