import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import {
  type DeployedPackage,
  findUnacceptedLicenses,
  judgeAudit,
  readAdvisories,
  readDeployed,
  writeSbom,
} from '@x402-facilitator/tools/supply-chain';
import { PUBLISHED } from '@x402-facilitator/tools/tarballs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readText, readYaml, trackedFiles } from './support/files.js';

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

  const judge = (audit: Parameters<typeof judgeAudit>[0], waivedBecause?: string) => {
    const said: string[] = [];
    return { passed: judgeAudit(audit, (line) => said.push(line), waivedBecause), said: said.join('\n') };
  };

  it('fails where the registry gives no advisories, unless someone waives it and says why', () => {
    const unavailable = { kind: 'unavailable', reason: 'responded with 405' } as const;
    expect(judge(unavailable)).toEqual({
      passed: false,
      said: expect.stringMatching(/NOT AUDITED.*responded with 405.*fails the build/s),
    });
    expect(judge(unavailable, 'a mirror')).toEqual({
      passed: true,
      said: expect.stringMatching(/NOT AUDITED.*responded with 405.*WAIVED: a mirror/s),
    });
  });

  it('fails over a serious advisory, waived or not', () => {
    const advisory = { name: 'left-pad', title: 'Pads right', url: '' };
    const audit = (severity: 'moderate' | 'high') =>
      ({ kind: 'audited', advisories: [{ ...advisory, severity }] }) as const;
    expect(judge(audit('high'), 'a mirror').passed).toBe(false);
    expect(judge(audit('high')).passed).toBe(false);
    expect(judge(audit('moderate')).passed).toBe(true);
  });
});

describe('the command, with a registry that', () => {
  /** Runs the built command against a registry on loopback. */
  async function audit(answer: RequestListener, ...args: readonly string[]) {
    const registry = createServer(answer).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    onTestFinished(() => {
      registry.closeAllConnections();
      registry.close();
    });
    const folder = mkdtempSync(join(tmpdir(), 'x402-audit-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { port } = registry.address() as AddressInfo;
    const command = [join(ROOT, 'tools/dist/supply-chain/main.js'), folder, ...args];
    // pnpm waits a minute for an answer and asks three times, unless told otherwise.
    const env = { ...process.env, npm_config_fetch_timeout: '1000', npm_config_fetch_retries: '0' };
    return new Promise<{ readonly passed: boolean; readonly said: string }>((resolve) => {
      execFile(
        process.execPath,
        [...command, '--audit-registry', `http://127.0.0.1:${port}/`],
        { cwd: ROOT, env },
        (error, said) => resolve({ passed: error === null, said }),
      );
    });
  }
  const refuse =
    (status: number): RequestListener =>
    (_request, response) =>
      void response.writeHead(status).end('no');

  it.each<[string, RequestListener, RegExp]>([
    ['answers 405', refuse(405), /responded with 405/],
    ['answers 500', refuse(500), /responded with 500/],
    ['answers what is not an audit', (_request, response) => void response.end('<html>'), /audit/],
    ['never answers', () => undefined, /timeout/i],
  ])('%s: it fails and says that nothing was audited', async (_what, answer, why) => {
    const { passed, said } = await audit(answer);
    expect(said).toMatch(/^audit: NOT AUDITED: the registry gave no advisories \((.*)\)$/m);
    expect(said).toMatch(why);
    expect(said).toContain('that fails the build');
    expect(passed).toBe(false);
  });

  it('answers 405: it passes only when that is waived by name', async () => {
    const { passed, said } = await audit(refuse(405), '--audit-waived-because', 'a mirror');
    expect(said).toMatch(/NOT AUDITED.*responded with 405.*WAIVED: a mirror/s);
    expect(passed).toBe(true);
  });

  it.each([
    ['has no advisory', {}, [], true],
    [
      'has a serious advisory, waived or not',
      { severity: 'critical' },
      ['--audit-waived-because', 'x'],
      false,
    ],
  ])('%s', async (_what, change, args, expected) => {
    const found = { module_name: 'left-pad', severity: 'high', title: 'Pads right', url: '', ...change };
    const advisories = 'severity' in change ? { 1: { ...found, id: 1, findings: [] } } : {};
    const counts = { info: 0, low: 0, moderate: 0, high: 0, critical: Object.keys(advisories).length };
    const report = { actions: [], advisories, muted: [], metadata: { vulnerabilities: counts } };
    const { passed, said } = await audit(
      (_request, response) =>
        void response.setHeader('content-type', 'application/json').end(JSON.stringify(report)),
      ...args,
    );
    expect(said).toContain(`audit: ${counts.critical} advisories, ${counts.critical} of them`);
    expect(passed).toBe(expected);
  });
});

describe('what others publish', () => {
  const DIGEST = /@sha256:[0-9a-f]{64}$/;
  /** What this repository builds itself; the overlays say where an operator keeps it. */
  const OWN = /^(?:registry\.example\.com\/)?x402-facilitator\//;
  const matches = (files: readonly string[], pattern: RegExp) =>
    files.flatMap((file) =>
      Array.from(readText(file).matchAll(pattern), ([, name = '', rest = '']) => ({ file, name, rest })),
    );
  const yaml = trackedFiles(/^(?:docker-compose.*|deploy\/.*)\.ya?ml$/);

  it('is an action by the commit, with its version beside it', () => {
    const uses = matches(trackedFiles(/^\.github\/.*\.ya?ml$/), /\buses:\s*["']?([^\s"']+)["']?(.*)$/gm);
    expect(uses.length).toBeGreaterThan(3);
    expect(uses.filter(({ name }) => !name.startsWith('./') && !/@[0-9a-f]{40}$/.test(name))).toEqual([]);
    expect(uses.filter(({ rest }) => !/^ # v\d+\.\d+\.\d+$/.test(rest))).toEqual([]);
  });

  it('is an image by its digest, with its version before it', () => {
    const images = matches(yaml, /^\s*(?:- )?["']?image["']?:\s*["']?([^\s"'#]+)/gm).filter(
      ({ name }) => !OWN.test(name),
    );
    expect(images.length).toBeGreaterThan(8);
    expect(images.filter(({ name }) => !DIGEST.test(name) || !/:[^:@]*\d[^:@]*@/.test(name))).toEqual([]);
    const renamed = matches(yaml, /\{\s*name:\s*([^,\s]+),\s*newName:\s*([^,\s]+)/gm);
    expect(renamed.filter(({ name, rest }) => !OWN.test(name) || !OWN.test(rest))).toEqual([]);
  });

  it('is the same image wherever it is named', () => {
    const digests = new Map<string, Set<string>>();
    for (const { name } of matches(yaml, /image:\s*(\S+@sha256:\S+)/gm)) {
      const [image = '', digest = ''] = name.split('@');
      digests.set(image, (digests.get(image) ?? new Set()).add(digest));
    }
    expect([...digests].filter(([, found]) => found.size > 1)).toEqual([]);
  });

  it('is the base of our images by its digest, and nothing fetched while they are built', () => {
    const dockerfiles = trackedFiles(/(?:^|\/)Dockerfile/);
    expect(dockerfiles).toEqual(['Dockerfile']);
    const lines = readText('Dockerfile').split('\n');
    const values = new Map(
      lines.flatMap((line) => {
        const [, name, value] = /^ARG (\w+)=(\S+)$/.exec(line) ?? [];
        return name === undefined || value === undefined ? [] : [[name, value] as const];
      }),
    );
    const stages = new Set(lines.flatMap((line) => /^FROM .* AS (\w+)$/.exec(line)?.[1] ?? []));
    const bases = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    const resolved = bases
      .filter((base) => !stages.has(base))
      .map((base) => base.replace(/\$\{(\w+)\}/g, (_all, name: string) => values.get(name) ?? ''));
    expect(resolved.length).toBeGreaterThan(0);
    expect(resolved.filter((base) => !DIGEST.test(base))).toEqual([]);
    // The builder's own image would be one more, and ADD would fetch from anywhere.
    expect(readText('Dockerfile')).not.toMatch(/^# *syntax=|^ADD /m);
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
    expect(commands).toContain('npm run --silent supply-chain -- sbom');
    expect(commands?.join()).not.toContain('waived');
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

describe('the workflow that publishes', () => {
  type Step = { readonly run?: string; readonly env?: Readonly<Record<string, string>> };
  const { on, jobs } = readYaml<{
    readonly on: unknown;
    readonly jobs: {
      readonly publish: { environment: string; permissions: unknown; steps: readonly Step[] };
    };
  }>('.github/workflows/publish.yml');
  const { environment, permissions, steps } = jobs.publish;
  const step = (text: string) => steps.find(({ run }) => run?.includes(text));

  it('runs by hand, behind an environment, may sign where it runs, and no other workflow publishes', () => {
    expect(on).toEqual({ workflow_dispatch: null });
    expect(environment).toBe('npm');
    expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    const { run = '', env } = step(' publish ') ?? {};
    expect(env).toMatchObject({ NPM_CONFIG_PROVENANCE: 'true' });
    expect([...run.matchAll(/--filter "\.\/packages\/(\w+)"/g)].map(([, name]) => name)).toEqual([
      ...PUBLISHED,
    ]);
    const others = trackedFiles(/^\.github\/workflows\//).filter((file) => !file.endsWith('/publish.yml'));
    expect(others.filter((file) => /\bpublish\b/.test(readText(file)))).toEqual([]);
  });

  it('writes the repository into what it publishes, which npm compares with the provenance', () => {
    const folder = mkdtempSync(join(tmpdir(), 'x402-publish-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const manifestOf = (name: string) => join('packages', name, 'package.json');
    for (const name of PUBLISHED) cpSync(manifestOf(name), join(folder, manifestOf(name)));
    const env = {
      ...process.env,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'someone/somewhere',
    };
    const run = step('npm pkg set')?.run ?? '';
    expect(spawnSync('bash', ['-e', '-c', run], { cwd: folder, env, encoding: 'utf8' }).status).toBe(0);
    for (const name of PUBLISHED) {
      const { repository } = JSON.parse(readFileSync(join(folder, manifestOf(name)), 'utf8'));
      const url = 'git+https://github.com/someone/somewhere.git';
      expect(repository).toEqual({ type: 'git', url, directory: `packages/${name}` });
    }
  });
});
