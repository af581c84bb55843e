import { describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../dashboards/source/index.js';
import { queriesOf, readDashboard, substitute, variableQuery } from '../dashboards/support/dashboard.js';
import { parseDocuments, readText, readYaml } from './support/files.js';
import { FOREIGN_METRICS, knownNames, ownMetrics } from './support/metric-names.js';
import { selectorsOf } from './support/promql.js';

type Rules = {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly record?: string; readonly expr: string }[];
  }[];
};

const rules = (file: string) =>
  readYaml<Rules>(file).groups.flatMap((group) => group.rules.map(({ expr }) => expr));

const scaling = parseDocuments<{ spec: { triggers: { metadata: { query: string } }[] } }>(
  readText('deploy/k8s/components/keda/worker-scaling.yaml'),
).flatMap(({ spec }) => spec.triggers.map(({ metadata }) => metadata.query));

/** Every expression that this repository gives to a Prometheus. */
const EXPRESSIONS: readonly (readonly [string, readonly string[]])[] = [
  ['deploy/prometheus/alerts.yml', rules('deploy/prometheus/alerts.yml')],
  ['deploy/prometheus/recording.yml', rules('deploy/prometheus/recording.yml')],
  ['deploy/k8s/components/keda/worker-scaling.yaml', scaling],
  ...DASHBOARDS.map(({ name }) => {
    const dashboard = readDashboard(name);
    return [
      `the dashboard ${name}`,
      [
        ...queriesOf(dashboard).map(({ expr }) => substitute(expr, { __rate_interval: '5m' })),
        ...dashboard.templating.list.map(({ query }) => variableQuery(query).series),
        ...dashboard.annotations.list.map(({ expr }) => expr),
      ],
    ] as const;
  }),
];

describe.each(EXPRESSIONS)('%s', (_, expressions) => {
  it('asks only for series that exist, by labels that they have', () => {
    const own = ownMetrics();
    const known = knownNames();
    const selectors = expressions.flatMap(selectorsOf);
    expect(selectors.length).toBeGreaterThan(0);
    expect(selectors.map(({ metric }) => metric).filter((metric) => !known.has(metric))).toEqual([]);
    const strange = selectors.flatMap(({ metric, labels }) =>
      labels.filter((label) => own.get(metric)?.has(label) === false).map((label) => `${metric}{${label}}`),
    );
    expect(strange).toEqual([]);
  });
});

it('every series assumed from other programs is used', () => {
  const asked = new Set(
    EXPRESSIONS.flatMap(([, expressions]) => expressions.flatMap(selectorsOf)).map(({ metric }) => metric),
  );
  expect(
    Object.values(FOREIGN_METRICS)
      .flat()
      .filter((metric) => !asked.has(metric)),
  ).toEqual([]);
});
