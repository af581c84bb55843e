import {
  type DeployedPackage,
  findUnacceptedLicenses,
  readAdvisories,
  readDeployed,
  writeSbom,
} from '@x402-facilitator/tools/supply-chain';
import { describe, expect, it } from 'vitest';
import { readText, readYaml } from './support/files.js';

const under = (license: string): DeployedPackage => ({ name: 'some-package', version: '1.0.0', license });

describe('what runs in production', () => {
  const deployed = readDeployed();

  it('is under licences that we accept, in both tiers', () => {
    const packages = Object.values(deployed).flat();
    expect(packages.length).toBeGreaterThan(200);
    expect(findUnacceptedLicenses(packages)).toEqual([]);
  });

  it('has a bill of materials that names every package once, with its purl, and is the same every time', () => {
    const packages = deployed.api;
    const sbom = writeSbom({ tier: 'api', version: '1.2.3', packages });
    const { bomFormat, metadata, components } = JSON.parse(sbom) as {
      bomFormat: string;
      metadata: { component: { name: string; version: string } };
      components: { purl: string }[];
    };
    expect(bomFormat).toBe('CycloneDX');
    expect(metadata.component).toMatchObject({ name: 'x402-facilitator-api', version: '1.2.3' });
    const purls = components.map(({ purl }) => purl);
    expect(new Set(purls).size).toBe(packages.length);
    expect(purls.filter((purl) => purl.startsWith('pkg:npm/fastify@'))).toHaveLength(1);
    expect(purls.join()).not.toMatch(/lucid|vitest/);
    expect(writeSbom({ tier: 'api', version: '1.2.3', packages })).toBe(sbom);
  });
});

describe('a licence', () => {
  it.each(['MIT', 'MIT OR GPL-2.0', '(MIT AND BSD-3-Clause)'])('%s is accepted', (license) => {
    expect(findUnacceptedLicenses([under(license)])).toEqual([]);
  });

  it.each(['GPL-3.0-only', 'MIT AND AGPL-3.0-only', 'Unknown', 'SEE LICENSE IN LICENSE.txt'])(
    '%s is for a person to decide on',
    (license) => {
      expect(findUnacceptedLicenses([under(license)])).toEqual([under(license)]);
    },
  );
});

describe('an audit', () => {
  it('recognises a registry that offers no advisories', () => {
    const advisory = {
      module_name: 'left-pad',
      severity: 'high',
      title: 'Pads right',
      url: 'https://x.example',
    };
    const found = readAdvisories({
      status: 1,
      stdout: JSON.stringify({ advisories: { 1: advisory } }),
      stderr: '',
    });
    expect(found).toEqual({
      kind: 'audited',
      advisories: [{ name: 'left-pad', severity: 'high', title: 'Pads right', url: 'https://x.example' }],
    });
    const refused = JSON.stringify({
      error: { code: 'ERR_PNPM_AUDIT_BAD_RESPONSE', message: 'responded with 405' },
    });
    expect(readAdvisories({ status: 1, stdout: refused, stderr: '' })).toEqual({
      kind: 'unavailable',
      reason: 'ERR_PNPM_AUDIT_BAD_RESPONSE: responded with 405',
    });
    expect(readAdvisories({ status: 1, stdout: '', stderr: 'ENOTFOUND registry\nat …' })).toEqual({
      kind: 'unavailable',
      reason: 'ENOTFOUND registry',
    });
    expect(readAdvisories({ status: 0, stdout: '{"advisories":{}}', stderr: '' })).toEqual({
      kind: 'audited',
      advisories: [],
    });
  });
});

describe('the workflow', () => {
  type Workflow = {
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
  };
  const workflow = readYaml<Workflow>('.github/workflows/ci.yml');

  it('runs .ci/run, which audits, and may only read', () => {
    const commands = workflow.jobs.run?.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(commands).toContain('.ci/run');
    expect(readText('.ci/run')).toContain('npm run --silent supply-chain');
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('has updates proposed for packages, images and actions', () => {
    const { updates } = readYaml<{ updates: { 'package-ecosystem': string }[] }>('.github/dependabot.yml');
    expect(updates.map((update) => update['package-ecosystem']).sort()).toEqual([
      'docker',
      'docker-compose',
      'github-actions',
      'npm',
    ]);
  });
});
