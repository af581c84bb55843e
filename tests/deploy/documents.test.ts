import { CONFIG_KEYS } from '@x402-facilitator/shared/testing';
import { describe, expect, it } from 'vitest';
import { readCompose } from './support/compose.js';
import { configurationPage } from './support/configuration-page.js';
import { PAGES, readText, trackedFiles } from './support/files.js';
import { hasKustomize, kustomize } from './support/kubernetes.js';
import { codeOf } from './support/runbook.js';

const compose = readCompose();
const groups = [...new Set(CONFIG_KEYS.map(({ path }) => path[0] ?? ''))];
/** Also the keys inside lists, which only the page names. */
const keys = new Set(
  [...configurationPage().matchAll(/^\| `([\w.[\]]+)`/gm)]
    .map(([, key = '']) => key.replaceAll('[]', ''))
    .concat(CONFIG_KEYS.map(({ path }) => path.join('.'))),
);

// The changelog also names things that were removed.
describe.each(PAGES.filter((page) => page !== 'CHANGELOG.md'))('%s', (page) => {
  const code = codeOf(readText(page));

  it('names only settings that exist', () => {
    const dotted = new RegExp(`^(?:${groups.join('|')})(?:\\.[a-z]\\w*)+(?:\\[\\])?$`);
    const named = [...readText(page).matchAll(/`([\w.[\]]+)`/g)].map(([, span = '']) => span);
    const settings = named.filter((span) => dotted.test(span) && !/\.(json|ts|md|yml)$/.test(span));
    expect(settings.filter((span) => !keys.has(span.replaceAll('[]', '')))).toEqual([]);
  });

  it('names only services, profiles and scripts of this system', () => {
    const lines = code.split('\n');
    const profiles = lines.flatMap((line) =>
      [...line.matchAll(/--profile (\w+)/g)].map(([, name = '']) => name),
    );
    const known = Object.values(compose.services).flatMap(({ profiles: own = [] }) => own);
    expect(profiles.filter((name) => !known.includes(name))).toEqual([]);

    const services = lines.flatMap((line) => {
      const [, rest = ''] =
        /docker compose .*?\b(?:up|stop|build|ps|logs|exec)\b(.*)/.exec(line.replace(/[|#].*/, '')) ?? [];
      // Of `exec SERVICE COMMAND…` only the service.
      const words = rest.split(' node ')[0]?.split(/\s+/) ?? [];
      return words.filter((word) => /^[a-z][a-z-]+$/.test(word));
    });
    expect(services.filter((name) => !(name in compose.services))).toEqual([]);
    const scaled = [...code.matchAll(/--scale ([\w-]+)=/g)].map(([, name = '']) => name);
    expect(scaled.filter((name) => !(name in compose.services))).toEqual([]);
  });

  it.skipIf(!hasKustomize())('names only objects of the cluster that exist (skipped without kubectl)', () => {
    const outcome = kustomize('deploy/k8s/overlays/production');
    if ('reason' in outcome) throw new Error(outcome.reason);
    const objects = new Set(
      outcome.objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`),
    );
    const named = code.match(/\b(?:deployment|statefulset|service|hpa|scaledobject)\/x402-[\w-]+/g) ?? [];
    expect(named.filter((name) => !objects.has(name))).toEqual([]);
    const namespaces = [...code.matchAll(/kubectl -n (\S+)/g)].map(([, name]) => `namespace/${name}`);
    expect(namespaces.filter((name) => !objects.has(name))).toEqual([]);
  });
});

it('the files of a deployment set only settings that exist', () => {
  const names = new Set(
    CONFIG_KEYS.flatMap(({ envName }) => [envName, `${envName}_FILE`]).concat('X402_CONFIG'),
  );
  const files = trackedFiles(
    /^(deploy\/(?!grafana\/dashboards)|docker-compose\.yml|Dockerfile|\.github\/.*\.yml)/,
  );
  const set = files.flatMap((file) => readText(file).match(/\bX402_[A-Z0-9_]+\b/g) ?? []);
  expect(set.length).toBeGreaterThan(10);
  expect(set.filter((name) => !names.has(name))).toEqual([]);
});

it('the pages say where this facilitator and the scheme’s public reference differ, and whose key a receipt has', () => {
  expect(readText('docs/verification.md')).toMatch(
    /without a TTL is refused .*\n?.*public reference accepts one/,
  );
  const receipts = readText('docs/receipts.md');
  expect(receipts).toContain('`extensions["cardanoSettlementReceipt"].info.receipt`');
  expect(receipts).toMatch(/`offer-receipt` is another thing/);
});
