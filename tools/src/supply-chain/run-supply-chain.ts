import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPnpm } from '../pnpm/index.js';
import { ROOT } from '../stack/index.js';
import { findUnacceptedLicenses } from './check-licenses.js';
import { type Advisory, type Audit, readAdvisories } from './read-advisories.js';
import { type DeployedPackage, readDeployedPackages, TIERS, type Tier } from './read-packages.js';
import { writeSbom } from './write-sbom.js';

/** These fail a build. Lesser advisories are printed and left to the next update. */
const SERIOUS: ReadonlySet<Advisory['severity']> = new Set(['high', 'critical']);

type Say = (line: string) => void;

/** What runs in production, by tier. */
export type Deployed = Readonly<Record<Tier, readonly DeployedPackage[]>>;

export function readDeployed(): Deployed {
  return { api: readDeployedPackages('api'), worker: readDeployedPackages('worker') };
}

/** Asks a registry, by default that of the installation, for advisories about what we deploy. */
export function readAudit(registry?: string): Audit {
  const from = registry === undefined ? [] : [`--registry=${registry}`];
  return readAdvisories(runPnpm(['audit', '--prod', '--json', ...from]));
}

/**
 * True when there is no serious advisory. Without an audit that is unknown, so it is false, unless someone waives the audit
 * and says why. A waiver excuses a registry without audits, never an advisory.
 */
export function judgeAudit(audit: Audit, say: Say, waivedBecause?: string): boolean {
  if (audit.kind === 'unavailable') {
    say(`audit: NOT AUDITED: the registry gave no advisories (${audit.reason})`);
    say(
      waivedBecause === undefined
        ? 'audit: that fails the build; --audit-waived-because REASON waives it'
        : `audit: WAIVED: ${waivedBecause}`,
    );
    return waivedBecause !== undefined;
  }
  for (const { severity, name, title, url } of audit.advisories)
    say(`audit: ${severity}: ${name}: ${title} ${url}`);
  const serious = audit.advisories.filter(({ severity }) => SERIOUS.has(severity));
  say(`audit: ${audit.advisories.length} advisories, ${serious.length} of them high or critical`);
  return serious.length === 0;
}

/** Whether all that we deploy has a licence that we accept. */
export function checkLicenses(deployed: Deployed, say: Say): boolean {
  const packages = Object.values(deployed).flat();
  const unaccepted = findUnacceptedLicenses(packages);
  for (const { name, version, license } of unaccepted) say(`licences: ${name}@${version} is ${license}`);
  const distinct = new Set(packages.map(({ name, version }) => `${name}@${version}`)).size;
  say(`licences: ${distinct} packages, ${unaccepted.length} under a licence that we do not accept`);
  return unaccepted.length === 0;
}

/** Writes `api.cdx.json` and `worker.cdx.json`. */
export function writeSboms(directory: string, deployed: Deployed, say: Say): void {
  mkdirSync(directory, { recursive: true });
  for (const tier of TIERS) {
    const manifest = readFileSync(join(ROOT, 'apps', tier, 'package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    const packages = deployed[tier];
    const file = join(directory, `${tier}.cdx.json`);
    writeFileSync(file, writeSbom({ tier, version, packages }));
    say(`sbom: ${file}: ${packages.length} packages`);
  }
}
