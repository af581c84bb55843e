import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../deploy/support/files.js';
import { leadsSomewhere } from '../deploy/support/runbook.js';
import { DASHBOARD_DIRECTORY, DASHBOARDS, renderDashboard } from './source/index.js';
import { queriesOf, readDashboard } from './support/dashboard.js';

it.each(DASHBOARDS)(
  'the file of $name is the output of tests/dashboards/source (vitest -u writes it)',
  async (it) => {
    const file = join(ROOT, DASHBOARD_DIRECTORY, `${it.name}.json`);
    await expect(`${JSON.stringify(renderDashboard(it), null, 2)}\n`).toMatchFileSnapshot(file);
  },
);

it('there are four dashboards, and no other file', () => {
  expect(readdirSync(join(ROOT, DASHBOARD_DIRECTORY)).sort()).toEqual([
    'chain-and-wallet.json',
    'operations.json',
    'overview.json',
    'settlement.json',
  ]);
});

it('Grafana reads their folder, and may not change them', () => {
  const { providers } = readYaml<{ providers: { allowUiUpdates: boolean; options: { path: string } }[] }>(
    'deploy/grafana/provisioning/dashboards/dashboards.yml',
  );
  expect(providers).toMatchObject([
    { allowUiUpdates: false, options: { path: '/var/lib/grafana/dashboards' } },
  ]);
});

it('the seven panels that operators of x402 services share have their names, units and limits', () => {
  const { title, tags, timezone, panels } = readDashboard('operations') as ReturnType<
    typeof readDashboard
  > & {
    readonly tags: readonly string[];
    readonly timezone: string;
  };
  expect({ title, tags, timezone }).toEqual({
    title: 'X402 Operations Dashboard',
    tags: ['x402', 'production'],
    timezone: 'utc',
  });
  const steps = (panel: unknown) =>
    (
      panel as {
        fieldConfig: { defaults: { thresholds: { steps: { color: string; value: number | null }[] } } };
      }
    ).fieldConfig.defaults.thresholds.steps
      .map(({ color, value }) => `${color} ${value}`)
      .join();
  expect(
    panels
      .filter(({ type }) => type !== 'row')
      .map((panel) => `${panel.title}: ${panel.type}, ${steps(panel)}`),
  ).toEqual([
    'Request Rate: timeseries, green null',
    'Error Rate: timeseries, green null,yellow 1,red 5',
    'Latency (p50, p95, p99): timeseries, green null',
    'Payment Volume (USDs): stat, green null',
    'Active Settlements: stat, green null',
    'Failed Settlements: stat, green null,red 1',
    'Cache Hit Rate: gauge, red null,yellow 50,green 70',
  ]);
});

describe.each(DASHBOARDS)('$name', ({ name }) => {
  const read = () => {
    const dashboard = readDashboard(name);
    return { dashboard, panels: dashboard.panels.filter(({ type }) => type !== 'row') };
  };

  it('asks only sources that are provisioned', () => {
    const { dashboard, panels } = read();
    const { datasources } = readYaml<{ datasources: { uid: string }[] }>(
      'deploy/grafana/provisioning/datasources/datasources.yml',
    );
    const asked = [...panels, ...panels.flatMap(({ targets }) => targets), ...dashboard.templating.list].map(
      ({ datasource }) => datasource?.uid,
    );
    const known = datasources.map(({ uid }) => uid);
    expect(asked.filter((uid) => uid === undefined || !known.includes(uid))).toEqual([]);
  });

  it('has a unique id for every panel, and no panels overlap', () => {
    const { dashboard } = read();
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  it('gives every panel a description and a unit, and links only to headings of the runbook that exist', () => {
    const { panels } = read();
    for (const { title, description = '', fieldConfig } of panels) {
      expect(description.length, title).toBeGreaterThan(10);
      expect(fieldConfig?.defaults.unit, title).toBeTypeOf('string');
    }
    const links = panels.flatMap(
      ({ description = '' }) => description.match(/docs\/operations\/[\w.#-]+/g) ?? [],
    );
    expect(links.length).toBeGreaterThan(1);
    expect(links.filter((link) => !leadsSomewhere(link))).toEqual([]);
  });

  it('uses every variable that it offers, and no other', () => {
    const { dashboard } = read();
    const offered = dashboard.templating.list.map(({ name }) => name).sort();
    const used = new Set(
      queriesOf(dashboard).flatMap(({ expr }) =>
        [...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name).filter((name) => !name.startsWith('__')),
      ),
    );
    expect([...used].sort()).toEqual(offered);
  });
});
