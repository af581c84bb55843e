import spdxSatisfies from 'spdx-satisfies';
import type { DeployedPackage } from './read-packages.js';

/** Licences under which others may be given what we build. A new one is a decision: make it here. */
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

/** The packages that may not be passed on: another licence, or none that SPDX knows. */
export function findUnacceptedLicenses(packages: readonly DeployedPackage[]): readonly DeployedPackage[] {
  return packages.filter(({ license }) => !isAccepted(license));
}

function isAccepted(license: string): boolean {
  try {
    return spdxSatisfies(license, ACCEPTED_LICENSES);
  } catch {
    // Not an SPDX expression: a person has to read it.
    return false;
  }
}
