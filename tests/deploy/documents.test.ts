import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_KEYS } from '@x402-facilitator/shared/testing';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { readCompose } from './support/compose.js';
import { configurationPage } from './support/configuration-page.js';
import { readText } from './support/files.js';
import { PAGES } from './support/known-names.js';
import { hasKustomize, kustomize } from './support/kubernetes.js';
import { anchorsOf, codeOf } from './support/runbook.js';

const compose = readCompose();
const groups = [...new Set(CONFIG_KEYS.map(({ path }) => path[0] ?? ''))];
/** Also the keys inside lists, which only the page knows. */
const keys = new Set(
  [...configurationPage().matchAll(/^\| `([\w.[\]]+)`/gm)]
    .map(([, key = '']) => key.replaceAll('[]', ''))
    .concat(CONFIG_KEYS.map(({ path }) => path.join('.'))),
);

describe.each(PAGES)('%s', (page) => {
  const code = codeOf(readText(page));

  it('names only paths of the repository that exist', () => {
    const rooms = 'apps|bench|config|deploy|docs|examples|packages|scripts|tests|tools|\\.ci|\\.github';
    const named = [...code.matchAll(new RegExp(`(?<![\\w./-])(?:\\./)?((?:${rooms})/[\\w./-]+)`, 'g'))].map(
      ([, path = '']) => path.replace(/[./]+$/, ''),
    );
    // What a build or an operator writes, and names with a placeholder, are not in a fresh clone.
    const committed = named.filter((path) => !/(^|\/)dist(\/|$)|NN-|^config\/config\.json$/.test(path));
    expect(committed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

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

  it('leads to headings that exist', () => {
    const own = [...readText(page).matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(own.filter((anchor) => !anchorsOf(page).includes(anchor))).toEqual([]);
  });
});
